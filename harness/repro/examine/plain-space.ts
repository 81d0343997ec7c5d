import { type Box, frameText } from '../../classes/boxes/frame.ts'
import { chosenSource, flowAt } from '../../classes/space/flow-at.ts'
import { anyOf } from '../../classes/space/address-parts.ts'
import type { World } from '../../classes/space/world.ts'
import { isPlain, namedSets } from '../../findings/questions/named-values.ts'
import { listeningPorts } from '../../flow/listener.ts'
import type { Interval, Scalar } from '../../netfilter/interval-set.ts'
import { IntervalSet, isWide } from '../../netfilter/interval-set.ts'
import { addressNumber } from '../../netfilter/wide-values.ts'

/** Part of what can be sent, of which a table is made. */
export interface Part {
  box: Box
  /** Its flows come from where the route has them come from, so that this says nothing of them. */
  isNatural: boolean
}

/**
 * What of a space a reader asks about: what is sent from where the route has it come from, or from an address that a
 * rule names; and not to the proxy's own ports, unless a rule names them.
 */
export function plainSpace(space: readonly Box[], world: World): Part[] {
  const parts = space
    .flatMap((box) => withoutStrange(box))
    .flatMap((box) => withoutOwnPorts(box, world))
    .flatMap((box) => bySource(box, world))
  const natural = new Map<string, Part>()
  for (const part of parts.filter(({ isNatural }) => isNatural)) {
    const key = `${frameText(part.box.frame)} ${textOf(part.box.in.saddr)}`
    const known = natural.get(key)
    natural.set(key, known === undefined ? part : { box: joined(known.box, part.box), isNatural: true })
  }
  return [...natural.values(), ...parts.filter(({ isNatural }) => !isNatural)]
}

const textOf = (set: IntervalSet<Scalar> | undefined): string =>
  set?.intervals.map(({ first, last }) => `${first}-${last}`).join() ?? ''

function joined(a: Box, b: Box): Box {
  const [one, other] = [a.in.daddr, b.in.daddr]
  return one === undefined || other === undefined ? a : { frame: a.frame, in: { ...a.in, daddr: one.union(other) } }
}

/** Nobody sends from loopback. */
function withoutStrange(box: Box): Box[] {
  const { frame, in: sets } = box
  const of = (address: string): Interval<Scalar> => ({ first: addressNumber(address), last: addressNumber(address) })
  // Nothing comes by a wire from loopback (ip6_rcv_core in net/ipv6/ip6_input.c).
  const isOutside = frame.origin.kind === 'peer' && frame.family === 'ipv6'
  const left = isOutside ? without(box, 'saddr', [of('::1')]) : box
  return Object.keys(sets).some((dimension) => left.in[dimension as keyof Box['in']]?.isEmpty) ? [] : [left]
}

/**
 * Of the ports that the proxy has itself only those are of interest that somebody outside reaches, where a rule names
 * them.
 */
function withoutOwnPorts(box: Box, { rulesets, stack }: World): Box[] {
  const { frame } = box
  const named = namedSets([rulesets[frame.family]], 'dport', 'anyPort')
  const isOutside = frame.origin.kind !== 'pod' && frame.protocol === 'tcp'
  const own = listeningPorts(stack.pod.proxy.listeners).filter((port) => !isOutside || isPlain(port, named))
  const ordinary = namedSets([rulesets[frame.family]], 'sport', 'anyPort').flatMap((set) =>
    isWide(set) ? [] : set.intervals,
  )
  const left = without(without(box, 'dport', own.map(single)), 'sport', ordinary)
  return Object.values(left.in).some((set) => set.isEmpty) ? [] : [left]
}

const single = (port: number): Interval<Scalar> => ({ first: port, last: port })

function without(box: Box, dimension: 'sport' | 'dport' | 'saddr' | 'daddr', holes: readonly Interval<Scalar>[]): Box {
  const set = box.in[dimension]
  if (set === undefined) return box
  return {
    frame: box.frame,
    in: { ...box.in, [dimension]: set.intersect(IntervalSet.from<Scalar>(set.domain, holes).complement()) },
  }
}

/** Cuts a box by the sources that the route chooses for its destinations, and by those that rules name. */
function bySource({ frame, in: sets }: Box, { rulesets, stack, distinctions }: World): Part[] {
  const { saddr, daddr } = sets
  if (frame.origin.kind !== 'pod' || saddr === undefined || daddr === undefined)
    return [{ box: { frame, in: sets }, isNatural: true }]
  const single = (value: Scalar): IntervalSet<Scalar> => IntervalSet.of(saddr.domain, { first: value, last: value })
  const natural = distinctions[frame.family].regions().flatMap((region): Part[] => {
    const part = daddr.intersect(region as unknown as IntervalSet<Scalar>)
    if (part.isEmpty) return []
    const chosen = chosenSource(flowAt(frame, { daddr: addressNumber(anyOf(region, frame.family)), dport: 80 }), stack)
    if (chosen === undefined) return []
    const source = saddr.intersect(single(addressNumber(chosen)))
    return source.isEmpty ? [] : [{ box: { frame, in: { ...sets, daddr: part, saddr: source } }, isNatural: true }]
  })
  const usual = natural.reduce((all, { box }) => all.union(box.in.saddr ?? all), IntervalSet.of(saddr.domain))
  const named = namedSets([rulesets[frame.family]], 'saddr').reduce(
    (all, set) => all.union(isWide(set) ? all : set),
    IntervalSet.of(saddr.domain),
  )
  const other = saddr.intersect(named).intersect(usual.complement())
  // Who chooses its source does so to open a connection.
  return other.isEmpty || frame.protocol !== 'tcp'
    ? natural
    : [...natural, { box: { frame, in: { ...sets, saddr: other } }, isNatural: false }]
}
