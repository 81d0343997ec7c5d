import { type Family, familyOf, isLoopback } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { innerOf } from '../../explain/bridge.ts'
import type { InnerNetwork, PodShape } from '../../flow/pod-plan.ts'
import { unsendable } from '../../flow/sendable.ts'
import type { Accounts } from '../../iptables/accounts.ts'
import { emptyRuleset, type Ruleset } from '../../netfilter/ruleset.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { CapturedShape } from '../../run/captured-shape.ts'
import { PodAddresses } from '../../run/pod-addresses.ts'
import type { RuleSource } from '../../source/source.ts'
import type { ConfigInput } from '../config.ts'
import { isOnInterface, usual } from './flow.ts'
import { unreadable } from '../mesh-and-source.ts'

/** How long the prefixes of the pod's networks are. */
const prefix = { ipv4: 24, ipv6: 64 } as const

/**
 * The addresses of a pod with one interface, or as a capture shows it; with a bridge where the flow comes from behind
 * one.
 * @param behind whom it may be forwarded to. @param around what else is known of the pod.
 * @throws HarnessError (`input`) where nobody sends such a flow in it.
 */
export function addressesAround(
  flow: ConcreteFlow,
  { podIPs = [] }: ConfigInput,
  device: string | undefined,
  captured: CapturedShape | undefined,
  behind?: InnerNetwork,
  around: Pick<PodShape, 'mayForward'> = {},
): PodAddresses {
  const { destination, source, family, origin } = flow
  if (captured !== undefined) return addressesOfCapture(flow, device, captured, behind, around)
  const isForwarded = destination.address === behind?.address
  const said =
    origin.kind === 'peer'
      ? isForwarded
        ? undefined
        : destination.address
      : origin.kind === 'pod'
        ? source?.address
        : undefined
  const pod: Record<Family, string> = { ...usual.pod }
  for (const address of podIPs.toReversed()) Object.assign(pod, { [familyOf(address) ?? family]: address })
  const isKnown = podIPs.some((address) => familyOf(address) === family)
  if (said !== undefined && (!isKnown || podIPs.includes(said)) && isOnInterface(said))
    Object.assign(pod, { [family]: said })
  const link = {
    name: origin.kind === 'peer' ? origin.interface : 'eth0',
    pod: { ipv4: `${pod.ipv4}/${prefix.ipv4}`, ipv6: `${pod.ipv6}/${prefix.ipv6}` },
    peer: { ipv4: `${peerOf(pod, 'ipv4')}/${prefix.ipv4}`, ipv6: `${peerOf(pod, 'ipv6')}/${prefix.ipv6}` },
  }
  const addresses = new PodAddresses({
    ...around,
    links: [link],
    ...(origin.kind === 'inner' ? { inner: innerOf(device ?? 'br0', source?.address) } : behind && { inner: behind }),
    ...(isProxyOwn(flow) && { loopback: [flow.source.address] }),
  })
  return sendableIn(addresses, flow)
}

function sendableIn(addresses: PodAddresses, flow: ConcreteFlow): PodAddresses {
  const wrong = unsendable(flow, addresses.shape)
  if (wrong !== undefined) throw inputError(wrong.end === 'source' ? '--from' : '--to', wrong.why, wrong.hint)
  return addresses
}

/** The pod that a capture shows. A bridge in it is one with somebody behind, where the flow comes from there. */
function addressesOfCapture(
  flow: ConcreteFlow,
  device: string | undefined,
  { shape, bridges }: CapturedShape,
  behind: InnerNetwork | undefined,
  around: Pick<PodShape, 'mayForward'>,
): PodAddresses {
  const { origin, source } = flow
  const { links } = shape
  if (origin.kind === 'peer' && links.every(({ name }) => name !== origin.interface))
    throw inputError(
      '--in',
      `the capture shows no interface ${origin.interface}`,
      `it has ${links.map(({ name }) => name).join(', ')}`,
    )
  const bridge = bridges.find(({ name }) => name === device)
  const inner =
    origin.kind === 'inner' ? innerOf(device ?? 'br0', source?.address ?? bridge?.behind, bridge?.address) : behind
  const own = links.filter(({ name }) => inner === undefined || name !== inner.bridge)
  const addresses = new PodAddresses({
    ...shape,
    ...around,
    links: own.length === 0 ? links : own,
    ...(inner && { inner }),
    ...(isProxyOwn(flow) && { loopback: [flow.source.address] }),
  })
  return sendableIn(addresses, flow)
}

/**
 * What comes in by an interface is for the pod, or for who stands behind a bridge.
 * @throws HarnessError (`input`) where neither is known of it.
 */
export function requireReceiver(
  { origin, destination, family }: ConcreteFlow,
  { podIPs = [] }: ConfigInput,
  behind: InnerNetwork | undefined,
): void {
  if (origin.kind !== 'peer' || isLoopback(destination.address) || destination.address === behind?.address) return
  if (podIPs.includes(destination.address) || !podIPs.some((address) => familyOf(address) === family)) return
  throw inputError(
    '--to',
    `${destination.address} is none of the pod's addresses, which are ${podIPs.join(', ')}, and no rule names it with a bridge`,
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
 * @param own the pod's addresses, where the config does not say them. @param accounts what names of accounts stand for;
 * by default root alone is known.
 */
export async function readRuleset(
  source: RuleSource,
  { config, podAnnotations, podIPs = [], mesh: name }: ConfigInput,
  profile: Profile,
  family: Family,
  own: readonly string[],
  accounts?: Accounts,
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
  const { loadRules } = await import('../../iptables/load.ts')
  const { lower } = await import('../../iptables/lower.ts')
  const { tree, failed: wrong } = loadRules(texts, family)
  if (wrong !== undefined) throw unreadable(source, wrong, family)
  return { ruleset: lower(tree, { ...(accounts && { accounts }) }), texts }
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
