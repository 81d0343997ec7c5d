import fc, { type Arbitrary } from 'fast-check'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { type Family, isLoopback } from '../../harness/core/address.ts'
import { HarnessError } from '../../harness/core/errors.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { findBuilder } from '../../harness/mesh/index.ts'
import type { BuildRequest } from '../../harness/mesh/mesh.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'
import { type Case, inPod, outside, peers, podAddresses } from './pod.ts'
import { pick } from './random-values.ts'

const istio = findBuilder('istio')
export const istioReleases = istio.releases

/** Those that Istio's options name, at their edges, and their neighbours. */
const uids = [0, 1000, 1336, 1337, 1338, 2000] as const
const gids = [0, 1000, 1337, 2000] as const
const ports = [22, 53, 80, 81, 8080, 15000, 15001, 15006, 15008, 15020, 15021, 15053, 15090, 65_535] as const
const named: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['10.96.0.10', '198.51.100.10', '198.51.100.11'],
  ipv6: ['fd00::10', '2001:db8:ffff::1'],
}
const passthrough: Readonly<Record<Family, string>> = { ipv4: '127.0.0.6', ipv6: '::6' }

const identity = fc
  .record({ uid: pick(uids), gid: pick(gids), groups: fc.uniqueArray(pick([1337, 2000] as const), { maxLength: 1 }) })
  .map(({ uid, gid, groups }) => ({ uid, gid, groups: groups.filter((group) => group !== gid) }))

/** Sent from the pod, from outside, or as the proxy dials on. */
function flow(family: Family, own: readonly string[]): Arbitrary<FlowPlan> {
  const protocol = pick(['tcp', 'tcp', 'tcp', 'udp', 'icmp'] as const)
  const destination = pick([...outside[family], ...named[family], ...inPod[family], ...peers[family]])
  const portOf = (port: number, by: FlowPlan['protocol']): number => (by === 'icmp' ? 0 : port)
  const outward = fc
    .tuple(protocol, identity, destination, pick(ports), pick([undefined, undefined, undefined, 1337, 1338]))
    .map(([protocol, credentials, address, port, mark]): FlowPlan => {
      const to = { address, port: portOf(port, protocol) }
      return {
        credentials,
        origin: { kind: 'pod' },
        protocol,
        family,
        destination: to,
        ...(mark !== undefined && { mark }),
      }
    })
  const bound = fc.tuple(outward, pick(own)).map(([plan, address]): FlowPlan => {
    // The kernel sends nothing out from a loopback address.
    const isAllowed =
      !isLoopback(address) || own.includes(plan.destination.address) || isLoopback(plan.destination.address)
    return isAllowed ? { ...plan, source: { address } } : plan
  })
  const inward = fc.tuple(protocol, pick(['eth0', 'net1']), pick(ports)).map(
    ([protocol, name, port]): FlowPlan => ({
      credentials: { uid: 2000, gid: 2000, groups: [] },
      origin: { kind: 'peer', interface: name },
      protocol,
      family,
      destination: { address: podAddresses.pod(name, family), port: portOf(port, protocol) },
    }),
  )
  return fc.oneof({ weight: 5, arbitrary: outward }, { weight: 2, arbitrary: bound }, { weight: 3, arbitrary: inward })
}

const some = (domains: Readonly<Record<string, readonly unknown[]>>) =>
  fc.record(Object.fromEntries(Object.entries(domains).map(([name, values]) => [name, pick(values)])), {
    requiredKeys: [],
  })

/** Configs of a release that Istio takes, with DNS capture and TPROXY in every second one. */
function request(release: string): Arbitrary<BuildRequest> {
  const { config, podAnnotations } = istio.domains(release)
  const isKnown = (name: string): boolean => Object.hasOwn(config, name)
  const capture = { dnsServers: ['10.96.0.10', 'fd00::10'], proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } }
  const modes = pick([
    {},
    isKnown('dnsServers') ? capture : {},
    release === '1.5' ? {} : { interceptionMode: 'TPROXY' },
  ])
  const stacks = pick([['10.244.0.5'], ['10.244.0.5', 'fd00:10::5'], ['fd00:10::5']])
  return fc.tuple(some(config), some(podAnnotations), modes, stacks).map(([config, annotations, mode, podIPs]) => ({
    schema: 'sidetrack.config/1',
    mesh: 'istio',
    config: { ...config, ...mode },
    podAnnotations: annotations as Record<string, string>,
    podIPs,
    family: 'ipv4',
  }))
}

/**
 * What a release loads for a config, and the proxy that goes with it; undefined where Istio refuses it, or does not say
 * what its proxy does.
 */
function built(release: string, request: BuildRequest): Pick<Case, 'rules' | 'profile'> | undefined {
  try {
    const profile = istio.profile(release, request)
    if (profile.unknown !== undefined) return undefined
    const rules = profile.families.flatMap((family): RuleText[] => {
      const asked = { ...request, family }
      const text = readRules(istio.build(release, asked), { family, podIPs: request.podIPs, payloadFamily: family })
      return text === undefined ? [] : [text]
    })
    return { rules, profile }
  } catch (error) {
    if (error instanceof HarnessError && error.fault === 'input') return undefined
    throw error
  }
}

/** One of Istio's rulesets, its pod, and flows of one family through it. */
export function istioCase(release: string, flows: number): Arbitrary<Case> {
  const made = request(release)
    .map((asked) => built(release, asked))
    .filter((found) => found !== undefined)
  return fc
    .tuple(made, pick(['ipv4', 'ipv4', 'ipv6'] as const), fc.boolean())
    .chain(([{ rules, profile }, family, inner]) => {
      const onLo = family === 'ipv4' || profile?.beside.loopbackAddresses.includes(passthrough.ipv6)
      const own = [...inPod[family], ...(onLo ? [passthrough[family]] : [])]
      return fc
        .array(flow(family, own), { minLength: flows / 2, maxLength: flows, size: 'max' })
        .map((flows) => ({ inner, rules, ...(profile && { profile }), flows }))
    })
}
