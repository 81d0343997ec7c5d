import type { Family } from '../../core/address.ts'
import { conjoined } from '../../core/conjoined.ts'
import { isCapturedAs, isOpen, plainAnswer } from '../captured.ts'
import type { ValueSet } from '../../classes/boxes/frame.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { addressesOfPrefix } from '../../netfilter/wide-values.ts'
import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { spared } from './exempt.ts'
import { documented } from '../options.ts'
import { distinguishing, sparing } from '../sparing.ts'
import { type Answer, behaviourOf, decidingPlace, shownBy, type Subject } from '../subject.ts'
import { joinedValues, valuesWords } from '../values.ts'
import { asOption, whatGoes } from '../words.ts'
import { sourcePort } from './identities.ts'
import { wayInWords } from './together.ts'
import { type Direction, uncaptured } from './left-open.ts'

/** In what respect a flow differs from plain traffic of its direction, and all values that make the same difference. */
interface Aside {
  by: 'dport' | 'daddr' | 'saddr' | 'sport' | 'mark' | 'interface' | 'together'
  values?: ValueSet
  name?: string
}

/** Directions of which a part alone is captured, or a part of what comes in is not. */
export const partial: Detector = {
  kinds: [],
  *find(subject): Iterable<Finding> {
    for (const family of subject.families)
      for (const direction of ['outbound', 'inbound'] as const) {
        const plain = plainAnswer(subject, family, direction)
        if (plain === undefined) continue
        const others = subject.answers.flatMap((answer) => {
          const aside = answer === plain ? undefined : asideOf(subject, answer, direction)
          return answer.flow.family === family && aside !== undefined ? { answer, aside } : []
        })
        const taken = others.filter(({ answer }) => isTaken(subject, direction, answer))
        if (isOpen(behaviourOf(plain))) {
          if (taken.length > 0) yield partAlone(subject, family, direction, plain, taken)
        } else if (isTaken(subject, direction, plain)) {
          const open = others.filter(({ answer, aside }) => isOpen(behaviourOf(answer)) && isToldHere(direction, aside))
          for (const group of Map.groupBy(open, ({ answer, aside }) => causeOf(subject, answer, aside)).values())
            yield partLeft(subject, family, direction, group)
        }
      }
  },
}

type Others = readonly { answer: Answer; aside: Aside }[]

const isTaken = ({ profile }: Subject, direction: Direction, answer: Answer): boolean =>
  isCapturedAs(direction, behaviourOf(answer), profile)

/** Ports, destinations and marks that are spared have findings of their own. */
const isToldHere = (direction: Direction, { by }: Aside): boolean =>
  by === 'interface' || (direction === 'inbound' && (by === 'saddr' || by === 'sport'))

function asideOf({ stack }: Subject, answer: Answer, direction: Direction): Aside | undefined {
  const { about, flow } = answer
  if (flow.protocol !== 'tcp' || (flow.origin.kind === 'pod') !== (direction === 'outbound')) return undefined
  switch (about.kind) {
    case 'port':
      return { by: 'dport', values: about.values }
    case 'address':
      return stack.isLocal(about.address) ? undefined : { by: 'daddr', values: about.values }
    case 'peer':
      return { by: about.of, values: about.values }
    case 'identity':
      return about.of === 'mark' || about.of === 'sport' ? { by: about.of, values: about.values } : undefined
    case 'interface':
      return { by: 'interface', name: about.name }
    case 'together':
      return { by: 'together', name: wayInWords(answer) ?? '' }
    case 'plain':
      return flow.origin.kind === 'peer' ? { by: 'interface', name: flow.origin.interface } : undefined
    default:
      return undefined
  }
}

function partAlone(subject: Subject, family: Family, direction: Direction, plain: Answer, taken: Others): Finding {
  const by = [...new Set(taken.map(({ aside }) => aside.by))]
  const deciding = decidingPlace(subject, plain)
  // An option that excludes makes a rule that spares.
  const isOption = deciding.length > 0 || !by.some((each) => each === 'interface' || each === 'saddr')
  const option = isOption ? documented(subject, direction, by) : undefined
  const [first] = taken
  return caseOf(uncaptured[direction], {
    severity: option === undefined ? 'warning' : 'note',
    key: `${direction} but ${by.join(' ')}`,
    what: `of what ${whatGoes[direction]} only TCP ${waysInWords(taken, family)} is captured${asOption(option)}`,
    rules: [...(first === undefined ? [] : distinguishing(subject, plain, first.answer)), ...deciding],
    shown: shownBy(plain),
  })
}

function partLeft(subject: Subject, family: Family, direction: Direction, group: Others): Finding {
  const [first] = group
  if (first === undefined) throw new Error('a group of nothing')
  const { answer, aside } = first
  const option = documented(subject, direction, [aside.by])
  const isLeft = group.every((each) => isLeftAlone(subject, each.aside))
  const way = waysInWords(group, family)
  const kind = kindOf(direction, aside)
  return caseOf(kind, {
    severity: option !== undefined || isLeft || kind === spared ? 'note' : 'warning',
    key: `${direction} ${aside.by} ${aside.name ?? aside.values?.intervals[0]?.first}`,
    what: `what ${whatGoes[direction]} ${way} is not captured, and the rest is${isLeft ? ': this mesh leaves it alone' : asOption(option)}`,
    rules: sparing(subject, answer),
    shown: shownBy(answer),
  })
}

/** What leaves by an interface is spared as other destinations are. */
function kindOf(direction: Direction, { by }: Aside): FindingKind {
  if (by === 'sport') return sourcePort
  return direction === 'outbound' ? spared : uncaptured.inbound
}

/** Whether it comes from where the mesh lets it, as a node's probes do, or from the one address that is set in its place. */
function isLeftAlone({ profile: { leftAlone, unlike } }: Subject, { by, values }: Aside): boolean {
  const { ranges } = leftAlone
  if (by !== 'saddr' || values === undefined || ranges === undefined) return false
  const known = IntervalSet.from<Scalar>(values.domain, ranges.map(addressesOfPrefix))
  return (
    values.intersect(known.complement()).isEmpty ||
    (unlike !== undefined && values.size === 1 && ranges.every(isOfHost))
  )
}

const isOfHost = (range: string): boolean => /\/(?:32|128)$/.test(range)

const wordsBy: Readonly<Record<Exclude<Aside['by'], 'interface' | 'together'>, { before: string; noun?: string }>> = {
  dport: { before: 'to', noun: 'port' },
  sport: { before: 'from', noun: 'port' },
  mark: { before: 'with', noun: 'mark' },
  daddr: { before: 'to' },
  saddr: { before: 'from' },
}

/** `to ports 80 and 443, or to 10.0.0.0/8` */
function waysInWords(others: Others, family: Family): string {
  const ways = [...Map.groupBy(others, ({ aside }) => aside.by)].map(([by, own]) => {
    const names = conjoined([...new Set(own.map(({ aside: { name = '' } }) => name))])
    if (by === 'interface') return `by ${names}`
    if (by === 'together') return names
    const values = joinedValues(own.flatMap(({ aside }) => aside.values ?? []))
    if (values === undefined) return ''
    const { before, noun } = wordsBy[by]
    return `${before} ${valuesWords(by, values, family, noun)}`
  })
  return ways.join(', or ')
}

function causeOf(subject: Subject, answer: Answer, { by }: Aside): string {
  const [rule] = decidingPlace(subject, answer)
  return `${by} ${rule === undefined ? '' : `${rule.table} ${rule.text}`}`
}
