import { type Family, familyOf, isLoopback, hostPrefix } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { hasOthersBehind } from '../../flow/bridge-names.ts'
import { isRouted, linkBefore } from '../../flow/networks-behind.ts'
import type { Link } from '../../flow/pod-plan.ts'
import { unsendable } from '../../flow/sendable.ts'
import { emptyRuleset, rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { CapturedShape } from '../../run/plan/captured-shape.ts'
import { type Around, PodAddresses } from '../../run/plan/pod-addresses.ts'
import { targetsOf } from '../../run/plan/told-networks.ts'
import { forwardingOf, linksBehind, namedInterfaces } from '../../run/witnesses/addresses-of-rules.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { ConfigInput } from './config.ts'
import { isOnInterface, usual } from './flow.ts'
import { unreadable } from './source.ts'

/** How long the prefixes of the pod's networks are. */
const prefix = { ipv4: 24, ipv6: 64 } as const

/** What is known of the pod that a flow is asked of. */
interface KnownAround extends Pick<Around, 'mayForward' | 'listeners'> {
  /** The pod that a capture shows. */
  captured?: CapturedShape | undefined
  /** Undefined before they are read. */
  rulesets?: readonly Ruleset[]
}

/**
 * The addresses of a pod with one interface, or as a capture shows it; with those beside it that others stand behind
 * whom the flow comes from, or may be forwarded to.
 * @throws HarnessError (`input`) where nobody sends such a flow in it.
 */
export function addressesAround(
  flow: ConcreteFlow,
  { podIPs = [] }: ConfigInput,
  { captured, rulesets = [], ...around }: KnownAround = {},
): PodAddresses {
  const { destination, source, family, origin } = flow
  if (captured !== undefined) return addressesOfCapture(flow, captured, rulesets, around)
  const device = origin.kind === 'peer' ? origin.interface : undefined
  const isFromInside = device !== undefined && hasOthersBehind(device)
  const named = namedInterfaces(rulesets).filter((name) => hasOthersBehind(name) && name !== device)
  const names = [...(isFromInside ? [device] : []), ...named].slice(0, mostBehind)
  const sender = isFromInside ? source?.address : undefined
  const from = sender !== undefined && device !== undefined ? new Map([[device, [hostPrefix(sender)]]]) : undefined
  const inside = (first: Link): Link[] => linksBehind(names, rulesets, [first], from)
  const link = (own: Readonly<Record<Family, string>>): Link => ({
    name: isFromInside || device === undefined ? 'eth0' : device,
    pod: { ipv4: `${own.ipv4}/${prefix.ipv4}`, ipv6: `${own.ipv6}/${prefix.ipv6}` },
    peer: { ipv4: `${peerOf(own, 'ipv4')}/${prefix.ipv4}`, ipv6: `${peerOf(own, 'ipv6')}/${prefix.ipv6}` },
  })
  const pod: Record<Family, string> = { ...usual.pod }
  for (const address of podIPs.toReversed()) Object.assign(pod, { [familyOf(address) ?? family]: address })
  const isForOthers =
    linkBefore(destination.address, inside(link(pod))) !== undefined || isService(destination.address, rulesets)
  const said =
    origin.kind === 'peer'
      ? isForOthers || isFromInside
        ? undefined
        : destination.address
      : origin.kind === 'pod'
        ? source?.address
        : undefined
  const isKnown = podIPs.some((address) => familyOf(address) === family)
  if (said !== undefined && (!isKnown || podIPs.includes(said)) && isOnInterface(said))
    Object.assign(pod, { [family]: said })
  const first = routing(link(pod), flow, rulesets)
  const behind = inside(first)
  const asked = [destination.address, ...rulesets.flatMap(rulesOf).flatMap(targetsOf)]
  const isNode = isFromInside || asked.some((address) => linkBefore(address, behind) !== undefined)
  const links = isNode ? [first, ...behind] : [first]
  const addresses = new PodAddresses({
    ...around,
    links,
    ...forwardingOf(links, around),
    ...(isProxyOwn(flow) && { loopback: [flow.source.address] }),
  })
  return sendableIn(addresses, flow)
}

/** Interfaces with others behind them that a pod has here. */
const mostBehind = 5

/** Whether it is the address of a service, which nobody has, by kube-proxy's rules. */
const isService = (address: string, rulesets: readonly Ruleset[]): boolean =>
  rulesets.some(({ tables }) =>
    tables
      .get('nat')
      ?.chains.get('KUBE-SERVICES')
      ?.rules.some(({ conditions }) =>
        conditions.some(
          ({ asked: { subject, value, negated } }) => subject === '-d' && !negated && value === hostPrefix(address),
        ),
      ),
  )

/** Whoever sends to a service by this interface knows the way. */
const routing = (link: Link, { origin, destination }: ConcreteFlow, rulesets: readonly Ruleset[]): Link =>
  origin.kind === 'peer' && origin.interface === link.name && isService(destination.address, rulesets)
    ? { ...link, routed: [destination.address] }
    : link

function sendableIn(addresses: PodAddresses, flow: ConcreteFlow): PodAddresses {
  const wrong = unsendable(flow, addresses.shape)
  if (wrong !== undefined) throw inputError(wrong.end === 'source' ? '--from' : '--to', wrong.why, wrong.hint)
  return addresses
}

/** The pod that a capture shows. */
function addressesOfCapture(
  flow: ConcreteFlow,
  { shape, names }: CapturedShape,
  rulesets: readonly Ruleset[],
  around: Pick<Around, 'mayForward' | 'listeners'>,
): PodAddresses {
  const { origin } = flow
  if (origin.kind === 'peer' && shape.links.every(({ name }) => name !== origin.interface))
    throw inputError('--in', `the capture shows no interface ${origin.interface}`, `it has ${names.join(', ')}`)
  const links = shape.links.map((link) => routing(link, flow, rulesets))
  const addresses = new PodAddresses({
    ...shape,
    ...around,
    links,
    ...(isProxyOwn(flow) && { loopback: [flow.source.address] }),
  })
  return sendableIn(addresses, flow)
}

/**
 * What comes in by an interface is for the pod, or for who stands behind one.
 * @throws HarnessError (`input`) where neither is known of it.
 */
export function requireReceiver(
  { origin, destination: { address }, family }: ConcreteFlow,
  { podIPs = [] }: ConfigInput,
  { links }: PodAddresses,
): void {
  if (origin.kind !== 'peer' || isLoopback(address)) return
  const own = links.find(({ name }) => name === origin.interface)
  const isForOthers = linkBefore(address, links) !== undefined || (own !== undefined && isRouted(address, own))
  if (own?.behind !== undefined || isForOthers) return
  if (podIPs.includes(address) || !podIPs.some((known) => familyOf(known) === family)) return
  throw inputError(
    '--to',
    `${address} is none of the pod's addresses, which are ${podIPs.join(', ')}, and no rule names it with a bridge`,
    `by ${origin.interface} comes what is for them, or for who stands behind one`,
  )
}

/** The peer has another address than the pod. */
const peerOf = (pod: Readonly<Record<Family, string>>, family: Family): string =>
  pod[family] === usual.peer[family] ? usual.pod[family] : usual.peer[family]

/** Whether the pod sends it from an address that no interface has but loopback. */
const isProxyOwn = (flow: ConcreteFlow): flow is ConcreteFlow & { source: { address: string } } =>
  flow.origin.kind === 'pod' &&
  flow.source?.address !== undefined &&
  !isLoopback(flow.source.address) &&
  !isOnInterface(flow.source.address)

/**
 * The rules of the flow's family. A builder is asked for none where the mesh captures nothing of it; a text may hold
 * some all the same.
 * @param own the pod's addresses, where the config does not say them.
 */
export async function readRuleset(
  source: RuleSource,
  { config, podAnnotations, podIPs = [], mesh: name }: ConfigInput,
  profile: Profile,
  family: Family,
  own: readonly string[],
): Promise<{ ruleset: Ruleset; texts: RuleText[] }> {
  if (source.kind === 'builder' && !profile.families.includes(family))
    return { ruleset: emptyRuleset(family), texts: [] }
  const addresses = podIPs.length > 0 ? podIPs : own
  const mesh = name ?? profile.mesh
  const text = await source.rules({
    schema: 'sidetrack.config/1',
    mesh,
    config,
    podAnnotations,
    podIPs: addresses,
    family,
  })
  const texts = text === undefined ? [] : [text]
  const { loadRules } = await import('../../iptables/ruleset/load.ts')
  const { lower } = await import('../../iptables/ruleset/lower.ts')
  const { tree, failed: wrong } = loadRules(texts, family)
  if (wrong !== undefined) throw unreadable(source, wrong, family)
  return { ruleset: lower(tree), texts }
}

/** @throws HarnessError (`input`) where the capture says that nothing of the flow's family is sent. */
export function refuseDisabled({ family }: ConcreteFlow, { capture }: RuleSource): void {
  const name = 'net.ipv6.conf.all.disable_ipv6'
  if (family === 'ipv6' && capture?.pod.sysctls.get(name) === '1')
    throw inputError(
      '--to',
      `the capture has ${name} = 1, so nothing is sent by IPv6 there`,
      'ask about an IPv4 address',
    )
}

/** What a pod here has otherwise than the capture, or in place of what it does not show: a line each. */
export function standIns(family: Family, podAddress: string, captured: CapturedShape | undefined): string[] {
  if (captured === undefined) return []
  const isShown = captured.podIPs.some((address) => familyOf(address) === family)
  return [
    ...captured.notes,
    ...(isShown ? [] : [`assumed: the pod's ${family} address is ${podAddress}, since the capture shows none`]),
  ]
}
