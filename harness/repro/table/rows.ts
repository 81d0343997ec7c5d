import { type Family, families } from '../../core/address.ts'
import type { Box, Dimension, ValueSet } from '../../classes/boxes/frame.ts'
import { markParts } from '../../classes/mark-words.ts'
import type { ConcreteFlow, Origin, Protocol } from '../../flow/flow.ts'
import type { RulePlace } from '../../findings/finding.ts'
import { rangeText, type Scalar } from '../../netfilter/interval-set.ts'
import { type AddressNames, addressParts, describeAddresses, describeSet, listed } from './describe-set.ts'
import type { Told } from '../examine/told.ts'
import { becomingWords, isProxysOwn, type Kept, type ListenerPorts } from './fate-words.ts'
import { mergeBoxes } from './merge-boxes.ts'
import { type Place, placesIn } from './places.ts'
import { sizeOf } from './size.ts'
import { tosWords } from '../../netfilter/tos-words.ts'

/** One line of the table. */
export interface Row {
  families: readonly Family[]
  origin: Origin
  protocol: Protocol
  who: string
  where: string
  /** What becomes of it. */
  what: string
  rule?: RulePlace
  /** Whether at least one flow of each of its classes was driven. */
  isSeen: boolean
  /** How many classes it stands for. */
  classes: number
  witness: ConcreteFlow
}

/** What a table is drawn with. */
interface Drawing {
  /** The space of flows of which the classes are parts. */
  space: readonly Box[]
  names: AddressNames
  /** Where what comes in may go, if that is not the pod alone. */
  places?: readonly Place[]
  ports: ListenerPorts
}

/** Parts of one row that are described; the rest is counted. */
const mostBoxes = 3

/**
 * Classes that end alike by the same rule as one row each, in the order in which a reader asks: what most flows do
 * comes first.
 */
export function rowsOf(told: readonly Told[], drawing: Drawing): Row[] {
  const groups = Map.groupBy(told, (one) =>
    [
      originText(one.box.frame.origin),
      one.box.frame.protocol,
      wordsOf(one, drawing),
      one.rule === undefined || isProxysOwn(one.behaviour) ? '' : `${one.rule.table} ${one.rule.text}`,
      one.isSeen,
    ].join('\n'),
  )
  const rows = [...groups.values()].flatMap((group) => rowsOfGroup(group, drawing))
  return joinedFamilies(rows).sort((a, b) => rank(a) - rank(b) || b.size - a.size)
}

/** What becomes of a class. */
function wordsOf(told: Told, { ports }: Drawing): string {
  return becomingWords(told, ports, (behaviour) => keptBy({ ...told, behaviour }))
}

/** What a translation leaves of a destination, where the class or the rule has more than one. */
function keptBy({ box, behaviour, witness: { destination }, rule }: Told): Kept {
  const to = behaviour?.translatedTo
  const netmap = / -j NETMAP --to (\S+)/.exec(rule?.text ?? '')?.[1]
  const namesNoPort =
    netmap !== undefined || / -j DNAT .*--to-destination (?:[\d.]+|[\da-f:]+)(?: |$)/.test(rule?.text ?? '')
  const port = to !== undefined && to.port > 0 && to.port === destination.port && (namesNoPort || hasMany(box.in.dport))
  return { port, ...(netmap !== undefined && hasMany(box.in.daddr) && { network: netmap }) }
}

const hasMany = (set: ValueSet | undefined): boolean =>
  set !== undefined && (set.intervals.length > 1 || set.intervals.some(({ first, last }) => first !== last))

type Sized = Row & { size: number }

function rowsOfGroup(group: readonly Told[], drawing: Drawing): Sized[] {
  return families.flatMap((family) => {
    const own = group.filter(({ box }) => box.frame.family === family)
    const [first] = own
    if (first === undefined) return []
    const boxes = mergeBoxes(
      own.map(({ box }) => box),
      drawing.space,
    ).toSorted((a, b) => sizeOf(b) - sizeOf(a))
    const described = withTos(
      boxes.map((box) => ({ ...describeBox(box, drawing), box })),
      first.box.frame.protocol,
    )
    const row = {
      families: [family],
      origin: first.box.frame.origin,
      protocol: first.box.frame.protocol,
      what: wordsOf(first, drawing),
      ...(first.rule && !isProxysOwn(first.behaviour) && { rule: first.rule }),
      isSeen: first.isSeen,
      classes: own.length,
      witness: first.witness,
      size: boxes.reduce((sum, box) => sum + sizeOf(box), 0),
    }
    return [{ ...row, ...inWords(described) }]
  })
}

/** Parts that differ in nothing but what sockets set as their DSCP are one. */
function withTos(
  parts: readonly { who: string; where: string; box: Box }[],
  protocol: Protocol,
): { who: string; where: string }[] {
  return [...Map.groupBy(parts, ({ who, where }) => `${who}\n${where}`).values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    const { who, where } = first
    const set = same.flatMap(({ box }) => box.frame.likeTos ?? everyTos)
    const tos = tosWords(set, protocol)
    return tos === undefined ? { who, where } : { who: who === anyone ? tos : `${who}, ${tos}`, where }
  })
}

const anyone = 'anyone'
const everyTos = Array.from({ length: 0x100 }, (_, tos) => tos)

/** Several parts of a row, one behind the other: whoever goes where. */
function inWords(parts: readonly { who: string; where: string }[]): Pick<Row, 'who' | 'where'> {
  const whos = [...new Set(parts.map(({ who }) => who))]
  const wheres = [...new Set(parts.map(({ where }) => where))]
  const [who = '', where = ''] = [whos[0], wheres[0]]
  if (parts.length === 1) return { who, where }
  if (whos.length === 1) return { who, where: some(wheres) }
  if (wheres.length === 1) return { who: some(whos), where }
  const pairs = parts.map((part) => `${part.who} to ${part.where}`)
  return { who, where: `${where}; ${some(pairs.slice(1))}` }
}

const some = (texts: readonly string[]): string =>
  texts.length > mostBoxes
    ? `${texts.slice(0, mostBoxes).join('; ')}; and ${texts.length - mostBoxes} more`
    : texts.join('; ')

function describeBox(box: Box, { space, names, places = [] }: Drawing): { who: string; where: string } {
  const { frame } = box
  const roots = space.filter(({ frame: other }) => sameFrame(other, frame))
  const rootOf = (dimension: Dimension): ValueSet | undefined =>
    roots.reduce<ValueSet | undefined>((all, { in: sets }) => {
      const set = sets[dimension]
      return set === undefined ? all : all === undefined ? set : all.union(set)
    }, undefined)
  const say: Say = (dimension, any, part) => {
    const [set, root] = [box.in[dimension], rootOf(dimension)]
    const parts = root && partsIn(dimension, frame, root, names)
    return set === undefined || root === undefined
      ? undefined
      : describeSet(set, root, { any, part, ...(parts && { parts }) })
  }
  const addresses = (dimension: 'daddr' | 'saddr') =>
    describeAddresses(frame.family, rootOf(dimension) as ValueSet, names)
  const who = [
    prefixed('UID ', say('uid', 'any', rangeText)),
    prefixed('GID ', say('gid', 'any', rangeText)),
    prefixed('group ', say('group', 'any', rangeText)),
    prefixed(
      'mark ',
      say('mark', 'any', ({ first, last }) => (first === last ? hex(first) : `${hex(first)}-${hex(last)}`)),
    ),
    prefixed('from ', box.in.saddr && sources(box, say, addresses)),
    prefixed('from port ', say('sport', 'any', rangeText)),
  ].filter((text) => text !== undefined)
  const [to, everywhere] = [box.in.daddr, rootOf('daddr')]
  const placed =
    places.length === 0 || to === undefined || everywhere === undefined
      ? undefined
      : placesIn(to, everywhere, frame.family, places, (rest) =>
          listed(addressParts(frame.family, everywhere, names)(rest)),
        )
  const where = [
    frame.origin.kind === 'peer' ? placed : box.in.daddr && say('daddr', 'anywhere', addresses('daddr')),
    prefixed('port ', say('dport', 'any', rangeText)),
  ].filter((text) => text !== undefined)
  return {
    who: who.join(', ') || anyone,
    where:
      where.join(', ') ||
      (frame.origin.kind !== 'peer' ? 'anywhere' : frame.protocol === 'icmp' ? 'the pod' : 'any port'),
  }
}

/** In words of their own, where some values together have a name. */
function partsIn(dimension: Dimension, { family, marks = [] }: Box['frame'], root: ValueSet, names: AddressNames) {
  if (dimension === 'daddr') return addressParts(family, root, names)
  const ofMarks = dimension === 'mark' ? markParts(root, marks) : undefined
  return (
    ofMarks &&
    ((set: ValueSet) => {
      const texts = ofMarks(set)
      return { count: texts.length, texts }
    })
  )
}

type Say = (
  dimension: Dimension,
  any: string,
  part: (interval: { first: Scalar; last: Scalar }) => string,
) => string | undefined

/** Of what the pod itself sends, a source is told wherever it is no matter of course. */
function sources(
  { frame, in: { saddr } }: Box,
  say: Say,
  addresses: (dimension: 'saddr') => (interval: { first: Scalar; last: Scalar }) => string,
): string | undefined {
  if (frame.origin.kind !== 'pod' || saddr === undefined) return say('saddr', 'anywhere', addresses('saddr'))
  return saddr.intervals.map(addresses('saddr')).join(', ')
}

const hex = (value: Scalar): string => `0x${value.toString(16)}`

const prefixed = (name: string, text: string | undefined): string | undefined => text && `${name}${text}`

const sameFrame = (a: Box['frame'], b: Box['frame']): boolean =>
  a.family === b.family && a.protocol === b.protocol && originText(a.origin) === originText(b.origin)

export const originText = (origin: Origin): string =>
  origin.kind === 'peer' ? `peer ${origin.interface}` : origin.kind

const protocolRank: Readonly<Record<Protocol, number>> = { tcp: 0, udp: 1, icmp: 2 }
const originRank: Readonly<Record<Origin['kind'], number>> = { pod: 0, peer: 1, inner: 2 }

const rank = ({ origin, protocol }: Row): number => protocolRank[protocol] * 3 + originRank[origin.kind]

/** Rows of both families that say the same are one. */
function joinedFamilies(rows: readonly Sized[]): Sized[] {
  const groups = Map.groupBy(rows, (row) =>
    [originText(row.origin), row.protocol, row.who, row.where, row.what, row.rule?.text ?? '', row.isSeen].join('\n'),
  )
  return [...groups.values()].flatMap((group) => {
    const [first, second, ...others] = group
    if (first === undefined) return []
    if (second === undefined || others.length > 0 || first.families[0] === second.families[0]) return group
    return { ...first, families: [...first.families, ...second.families], classes: first.classes + second.classes }
  })
}
