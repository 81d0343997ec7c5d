import { fieldQuestions } from '../../netfilter/field-questions.ts'
import { type Family, families, withoutPrefix } from '../../core/address.ts'
import { isDscpAlone } from '../../core/tos.ts'
import type { Origin, Protocol } from '../../flow/flow.ts'
import { largestPingGroup } from '../../flow/identity.ts'
import { ownedPorts } from '../../flow/listener.ts'
import { linkBefore } from '../../flow/networks-behind.ts'
import { unsendable } from '../../flow/sendable.ts'
import { does } from '../../netfilter/does.ts'
import type { Field } from '../../netfilter/field.ts'
import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { rulesOf } from '../../netfilter/ruleset.ts'
import { addressNumber } from '../../netfilter/wide-values.ts'
import { anyOf } from './address-parts.ts'
import { asksForAnswersPort, asksWhereAnswersGo } from './asks-of-answers.ts'
import { devicesAsked, leavesOnlyBound } from './devices-asked.ts'
import { flowAt } from './flow-at.ts'
import { type Box, type Dimension, domainOfDimension, type Frame, type ValueSet } from '../boxes/frame.ts'
import { markQuestions, type MarkQuestion } from '../marks/mark-questions.ts'
import { marksFor } from '../marks/marks.ts'
import { segmentsAsked } from './segments.ts'
import { tosAsked } from './tos-asked.ts'
import type { World } from './world.ts'

const protocols: readonly Protocol[] = ['tcp', 'udp', 'icmp']

export interface SpaceOptions {
  /**
   * Of which families flows are asked about: by default those that some world has rules for, or both where none has.
   */
  families?: readonly Family[]
  /**
   * Where flows may begin: by default in the pod, on the peer at each of its interfaces, and behind its bridge if it
   * has one.
   */
  origins?: readonly Origin[]
  /** Lone segments of TCP as well, where rules tell them from a connection's first. */
  segments?: boolean
  /** Sockets that set a DSCP as well, where rules ask for it; no flow says of its own without this. */
  tos?: boolean
  /** Sockets in the pod that are bound to a device as well, where rules tell it from others. */
  bound?: boolean
  /** Without connections from the proxy's own ports, which nobody can send. */
  sendable?: boolean
}

/**
 * The flows worth asking about: TCP, UDP and echo requests of every process in the pod, from each of its addresses to
 * any that somebody sends to, and from a peer at each of its interfaces to the pod. Marks, supplementary groups, source
 * ports and chosen source addresses are dimensions only where some rule asks for them.
 * @param worlds which have the same pod, as far as its interfaces and addresses go.
 * @returns boxes without common flows; those of one frame may be several.
 */
export function spaceOf(
  worlds: readonly World[],
  { families: wanted, origins, segments = false, tos = false, bound = false, sendable = false }: SpaceOptions = {},
): Box[] {
  const spoken = families.filter((family) => worlds.some(({ rulesets }) => rulesets[family].tables.size > 0))
  const raws = segments ? segmentsAsked(worlds) : []
  const set = tos ? tosAsked(worlds) : []
  const sockets: Pick<Frame, 'tos' | 'likeTos'>[] =
    set.length > 0 ? set.map((own) => ({ tos: own.tos, likeTos: own.like })) : [{}]
  const asked = wanted ?? (spoken.length > 0 ? spoken : families)
  return asked.flatMap((family) => {
    const fields = fieldsAsked(worlds, family)
    const known = origins ?? originsOf(worlds, family)
    const marks = marksAsked(worlds, family)
    const owned = sendable ? worlds.flatMap(({ stack }) => ownedPorts(stack.pod.proxy, family)) : []
    const senders = known.flatMap((origin): Pick<Frame, 'origin' | 'boundTo'>[] => {
      const devices = bound && origin.kind === 'pod' ? devicesAsked(worlds, family) : []
      return [{ origin }, ...devices.map((boundTo) => ({ origin, boundTo }))]
    })
    return senders.flatMap((sender) => {
      const addresses = addressesOf(family, sender, fields, worlds)
      return [
        ...protocols.flatMap((protocol) =>
          sockets
            .filter(({ tos: own = 0 }) => protocol !== 'tcp' || isDscpAlone(own))
            .map((socket) => ({ protocol, ...socket })),
        ),
        ...raws.map((raw) => ({ protocol: 'tcp' as const, raw, ...sockets[0] })),
      ].flatMap((sent) =>
        boxesOf(
          { family, ...sender, ...sent, ...(sender.origin.kind === 'pod' && { marks }) },
          addresses,
          fields,
          worlds,
          owned,
        ),
      )
    })
  })
}

function originsOf(worlds: readonly World[], family: Family): Origin[] {
  const pods = worlds.map(({ stack }) => stack.pod)
  const names = new Set(pods.flatMap(({ links }) => links.map(({ name }) => name)))
  const hasInner = family === 'ipv4' && pods.some(({ inner }) => inner !== undefined)
  return [
    { kind: 'pod' },
    ...[...names].map((name): Origin => ({ kind: 'peer', interface: name })),
    ...(hasInner ? [{ kind: 'inner' } as const] : []),
  ]
}

/** What rules ask about, or the policy routing. */
function fieldsAsked(worlds: readonly World[], family: Family): Set<Field> {
  const rules = worlds.flatMap(({ rulesets }) => rulesOf(rulesets[family]))
  const conditions = rules.flatMap((rule) => rule.conditions)
  // Whether they change a source depends on which one it is: MASQUERADE leaves most flows theirs.
  const isTranslated = rules.some((rule) => does(rule, 'masquerade', 'snat', 'netmap'))
  const routed = worlds
    .flatMap(({ stack }) => stack.routing.rules)
    .some((rule) => rule.family === family && rule.fwmark !== undefined)
  return new Set([
    ...conditions.flatMap((condition): Field[] => {
      if (condition.kind === 'account') return [condition.field]
      if (condition.kind === 'field' || condition.kind === 'set')
        return fieldQuestions(condition).map(({ field }) => field)
      return condition.kind === 'address-type' && condition.side === 'source' ? ['saddr'] : []
    }),
    ...(routed ? ['mark' as const] : []),
    ...(isTranslated ? ['saddr' as const] : []),
  ])
}

function boxesOf(
  frame: Frame,
  addresses: readonly Addresses[],
  fields: ReadonlySet<Field>,
  worlds: readonly World[],
  owned: readonly number[],
): Box[] {
  const { family, origin, protocol, raw } = frame
  const all = (dimension: Dimension): ValueSet => IntervalSet.all(domainOfDimension(dimension, family))
  const isAsked = (...some: readonly Field[]): boolean => some.some((field) => fields.has(field))
  const hasPorts = protocol !== 'icmp'
  const taken = protocol === 'tcp' && raw === undefined && origin.kind === 'pod' ? owned : []
  const isPortAsked = isAsked('sport', 'anyPort') || asksForAnswersPort(worlds, family, origin)
  const common: Box['in'] = {
    ...(origin.kind === 'pod' && {
      uid: all('uid'),
      gid: hasPorts ? all('gid') : pingGroups(all('gid')),
      ...(isAsked('anyGid') && { group: all('group') }),
      ...(isAsked('mark', 'ctmark') && { mark: marksFor(frame.marks ?? []) }),
    }),
    ...(hasPorts && {
      dport: all('dport'),
      ...(isPortAsked && { sport: without(taken, all('sport')) }),
    }),
  }
  return addresses.map((own) => ({ frame, in: { ...common, ...own } }))
}

/** Nobody of a higher group sends an echo request: what rules say of those shows in datagrams. */
const pingGroups = ({ domain }: ValueSet): ValueSet =>
  IntervalSet.of<Scalar>(domain, { first: 0, last: largestPingGroup })

const without = (ports: readonly number[], all: ValueSet): ValueSet =>
  all.intersect(
    IntervalSet.from<Scalar>(
      all.domain,
      ports.map((port) => ({ first: port, last: port })),
    ).complement(),
  )

/** Where flows can be sent, and from where, if a source is chosen. */
interface Addresses {
  saddr?: IntervalSet<bigint>
  daddr: IntervalSet<bigint>
}

/** Who sends to whom: the same for all protocols. */
function addressesOf(
  family: Family,
  sender: Pick<Frame, 'origin' | 'boundTo'>,
  fields: ReadonlySet<Field>,
  worlds: readonly World[],
): Addresses[] {
  const frame: Frame = { family, ...sender, protocol: 'tcp' }
  // A field of the connection's is its packets', whichever way they go.
  const isSourceAsked = (['saddr', 'ctorigsrc', 'ctrepldst'] as const).some((field) => fields.has(field))
  const isAddressAsked = isSourceAsked || asksWhereAnswersGo(worlds, family, sender.origin)
  const found = isAddressAsked ? withSource(frame, worlds) : [{ daddr: joined(destinations(frame, worlds), family) }]
  return found.filter(({ daddr }) => !daddr.isEmpty)
}

const marksAsked = (worlds: readonly World[], family: Family): MarkQuestion[] =>
  markQuestions(
    worlds.map(({ rulesets }) => rulesets[family]),
    worlds.map(({ stack }) => stack.routing),
    family,
  )

/** Where flows of a frame can be sent, from a source if one is chosen. @param among what is in question. */
function destinations(
  frame: Frame,
  worlds: readonly World[],
  saddr?: bigint,
  among = regionsOf(frame.family, worlds),
): IntervalSet<bigint>[] {
  return among.filter((region) => isSendable(frame, region, worlds, saddr))
}

/** Source addresses, and where flows from there can be sent. */
function withSource(frame: Frame, worlds: readonly World[]): Addresses[] {
  const { family } = frame
  const found = new Map<string, Addresses>()
  // What nobody sends to is left out at once, whatever the source.
  const among = destinations(frame, worlds)
  for (const saddr of regionsOf(family, worlds)) {
    const daddr = joined(destinations(frame, worlds, saddr.intervals[0]?.first, among), family)
    const key = daddr.intervals.map(({ first, last }) => `${first}-${last}`).join()
    const known = found.get(key)
    found.set(key, { saddr: known?.saddr?.union(saddr) ?? saddr, daddr })
  }
  return [...found.values()]
}

function isSendable(
  frame: Frame,
  region: IntervalSet<bigint>,
  worlds: readonly World[],
  saddr: bigint | undefined,
): boolean {
  const { family, origin, boundTo } = frame
  const address = anyOf(region, family)
  const flow = flowAt(frame, { daddr: addressNumber(address), dport: 80, ...(saddr !== undefined && { saddr }) })
  return worlds.every(({ stack }) => {
    const { inner, links } = stack.pod
    if (unsendable(flow, stack.pod) !== undefined) return false
    if (boundTo !== undefined) return leavesOnlyBound(address, boundTo, stack)
    if (origin.kind !== 'peer' || links.some(({ pod }) => withoutPrefix(pod[family]) === address)) return true
    const before = linkBefore(address, links)
    const isFromBehind = links.some(({ name, behind }) => name === origin.interface && behind !== undefined)
    // Who stands behind an interface sends by it whatever is for others, and everybody else what is for who stands
    // behind another.
    return isFromBehind ? before?.name !== origin.interface : before !== undefined || address === inner?.address
  })
}

const known = new WeakMap<readonly World[], Map<Family, readonly IntervalSet<bigint>[]>>()

/** What all worlds together tell apart. */
function regionsOf(family: Family, worlds: readonly World[]): readonly IntervalSet<bigint>[] {
  const byFamily = known.get(worlds) ?? new Map<Family, readonly IntervalSet<bigint>[]>()
  known.set(worlds, byFamily)
  const regions = byFamily.get(family) ?? findRegions(family, worlds)
  byFamily.set(family, regions)
  return regions
}

function findRegions(family: Family, worlds: readonly World[]): readonly IntervalSet<bigint>[] {
  const [first, ...others] = worlds.map(({ distinctions }) => distinctions[family])
  let regions = first?.regions() ?? []
  for (const other of others) {
    regions = regions.flatMap((region) =>
      other
        .regions()
        .map((own) => own.intersect(region))
        .filter((part) => !part.isEmpty),
    )
  }
  return regions
}

const joined = (sets: readonly IntervalSet<bigint>[], family: Family): IntervalSet<bigint> =>
  IntervalSet.from(
    domainOfDimension('daddr', family),
    sets.flatMap(({ intervals }) => intervals),
  ) as IntervalSet<bigint>
