import type { Family } from '../../core/address.ts'
import { isCaptured, isOpen, plainInbound, plainOutbound } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { documented } from '../options.ts'
import type { Part, Together } from '../questions/question.ts'
import { sparing } from '../sparing.ts'
import { type Answer, behaviourOf, shownBy, type Subject } from '../subject.ts'
import { valuesWords } from '../values.ts'
import { asOption } from '../words.ts'
import { inbound, spared } from './exempt.ts'
import { kinds, words } from './identities.ts'

type Asked = Answer & { about: Together }
const isTogether = (answer: Answer): answer is Asked => answer.about.kind === 'together'

/** What is spared by two things that a rule asks for together, where neither is spared by itself. */
export const together: Detector = {
  kinds: [],
  *find(subject): Iterable<Finding> {
    for (const answer of subject.answers.filter(isTogether)) {
      const { family, origin } = answer.flow
      const plain = origin.kind === 'pod' ? plainOutbound(subject, family) : plainInbound(subject, family)
      if (!isCaptured(plain) || !isOpen(behaviourOf(answer)) || isSparedAlone(subject, answer)) continue
      const { one, other } = answer.about
      const direction = origin.kind === 'pod' ? 'outbound' : 'inbound'
      const option = documented(subject, direction, [`${one.by} and ${other.by}`])
      yield caseOf(kindOf(one), {
        ...(option !== undefined && { severity: 'note' }),
        key: [one, other].map(({ by, values }) => `${by} ${values.intervals[0]?.first}`).join(' '),
        what: `${inWords(answer)}${asOption(option)}`,
        rules: sparing(subject, answer),
        shown: shownBy(answer),
      })
    }
  },
}

/** Whether one of the two is spared by itself, which has a finding of its own. */
function isSparedAlone({ answers }: Subject, { about: { one, other }, flow: { family } }: Asked): boolean {
  return answers.some(
    (answer) =>
      'values' in answer.about &&
      (answer.about.values === one.values || answer.about.values === other.values) &&
      answer.flow.family === family &&
      answer.flow.protocol === 'tcp' &&
      isOpen(behaviourOf(answer)),
  )
}

function kindOf({ by }: Part): FindingKind {
  if (by === 'saddr') return inbound
  return by === 'uid' || by === 'gid' || by === 'mark' ? kinds[by] : spared
}

function inWords(answer: Asked): string {
  const { family } = answer.flow
  const { one, other } = answer.about
  const place = placeInWords(other, family, one.by === 'saddr' ? 'port' : 'TCP port')
  switch (one.by) {
    case 'uid':
    case 'gid':
    case 'mark':
      return `${words[one.by](one.values, answer)} reaches ${place} past the proxy`
    case 'saddr':
      return `inbound ${place} ${isOne(other) ? 'answers' : 'answer'} ${valuesWords('saddr', one.values, family)} past the proxy`
    default:
      return `${place} of ${valuesWords('daddr', one.values, family)} ${isOne(other) ? 'is' : 'are'} reached past the proxy`
  }
}

/** Which way goes what a pair is about: `to TCP port 443 of 10.0.0.0/8`. */
export function wayInWords(answer: Answer): string | undefined {
  if (!isTogether(answer)) return undefined
  const { family } = answer.flow
  const { one, other } = answer.about
  const place = `to ${placeInWords(other, family, 'port')}`
  switch (one.by) {
    case 'uid':
    case 'gid':
    case 'mark':
      return `${place} from ${words[one.by](one.values, answer)}`
    case 'saddr':
      return `${place} from ${valuesWords('saddr', one.values, family)}`
    default:
      return `${place} of ${valuesWords('daddr', one.values, family)}`
  }
}

const isOne = ({ values }: Part): boolean => values.size === 1

const placeInWords = ({ by, values }: Part, family: Family, noun: string): string =>
  valuesWords(by, values, family, by === 'dport' ? noun : undefined)
