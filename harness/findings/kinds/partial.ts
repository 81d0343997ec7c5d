import type { Family } from '../../core/address.ts'
import { conjoined } from '../../core/conjoined.ts'
import { isCapturedAs, isOpen, plainAnswer } from '../captured.ts'
import type { ValueSet } from '../../classes/boxes/frame.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding } from '../finding.ts'
import { distinguishing, documented } from '../options.ts'
import { type Answer, behaviourOf, decidingPlace, shownBy, type Subject } from '../subject.ts'
import { joinedValues, valuesWords } from '../values.ts'
import { sourcePort } from './identities.ts'
import { type Direction, uncaptured } from './left-open.ts'

/** In what respect a flow differs from plain traffic of its direction, and all values that make the same difference. */
interface Aside {
  by: 'dport' | 'daddr' | 'saddr' | 'sport' | 'mark' | 'interface'
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
            yield partLeft(subject, family, direction, plain, group)
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

function asideOf({ stack }: Subject, { about, flow }: Answer, direction: Direction): Aside | undefined {
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
    what: `of what ${whatGoes[direction]} only TCP ${waysInWords(taken, family)} is captured${meantBy(option)}`,
    rules: [...(first === undefined ? [] : distinguishing(subject, plain, first.answer)), ...deciding],
    shown: shownBy(plain),
  })
}

function partLeft(subject: Subject, family: Family, direction: Direction, plain: Answer, group: Others): Finding {
  const [first] = group
  if (first === undefined) throw new Error('a group of nothing')
  const { answer, aside } = first
  const option = documented(subject, direction, [aside.by])
  const way = waysInWords(group, family)
  const deciding = decidingPlace(subject, answer)
  return caseOf(aside.by === 'sport' ? sourcePort : uncaptured[direction], {
    severity: option === undefined ? 'warning' : 'note',
    key: `${direction} ${aside.by} ${aside.name ?? aside.values?.intervals[0]?.first}`,
    what: `what ${whatGoes[direction]} ${way} is not captured, and the rest is${meantBy(option)}`,
    rules: deciding.length > 0 ? deciding : distinguishing(subject, answer, plain),
    shown: shownBy(answer),
  })
}

const whatGoes = { outbound: 'the pod sends', inbound: 'comes into the pod' } as const

const meantBy = (option: string | undefined): string => (option === undefined ? '' : `, as ${option} has it`)

/** `to ports 80 and 443, or to 10.0.0.0/8` */
function waysInWords(others: Others, family: Family): string {
  const ways = [...Map.groupBy(others, ({ aside }) => aside.by)].map(([by, own]) => {
    if (by === 'interface') return `by ${conjoined([...new Set(own.map(({ aside: { name = '' } }) => name))])}`
    const values = joinedValues(own.flatMap(({ aside }) => aside.values ?? []))
    if (values === undefined) return ''
    switch (by) {
      case 'dport':
        return `to ${valuesWords('dport', values, family, 'port')}`
      case 'sport':
        return `from ${valuesWords('sport', values, family, 'port')}`
      case 'mark':
        return `with ${valuesWords('mark', values, family, 'mark')}`
      case 'daddr':
        return `to ${valuesWords('daddr', values, family)}`
      case 'saddr':
        return `from ${valuesWords('saddr', values, family)}`
    }
  })
  return ways.join(', or ')
}

function causeOf(subject: Subject, answer: Answer, { by }: Aside): string {
  const [rule] = decidingPlace(subject, answer)
  return `${by} ${rule === undefined ? '' : `${rule.table} ${rule.text}`}`
}
