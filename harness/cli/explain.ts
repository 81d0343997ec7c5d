import { type Family, familyOf } from '../core/address.ts'
import { exitCodes, HarnessError, inputError } from '../core/errors.ts'
import { resolveEndpoint } from '../flow/endpoint.ts'
import type { Protocol } from '../flow/flow.ts'
import type { Ruleset } from '../iptables/tree.ts'
import { findMesh, newestRelease } from '../mesh/index.ts'
import type { Profile } from '../mesh/profile.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { predict } from '../model/predict.ts'
import { World } from '../model/world.ts'
import { parseEndpoint } from '../scenario/endpoint-text.ts'
import type { RuleSource } from '../source/source.ts'
import { command } from './command.ts'
import { type ConfigInput, readConfig } from './config.ts'
import { explanation } from './explanation.ts'
import { id, ids } from './id.ts'
import { readMesh, readSource } from './mesh-and-source.ts'
import { optional, withDefault } from './option.ts'

const protocols = ['tcp', 'udp', 'icmp'] as const
/** The pod's and its peer's addresses where nobody says others. */
const usual = { pod: { ipv4: '10.244.0.5', ipv6: 'fd00:10::5' }, peer: { ipv4: '10.244.0.1', ipv6: 'fd00:10::1' } } as const

export const explain = command({
  help: 'says what a ruleset does to one flow, and which rule decides it; needs no privilege',
  options: {
    rules: optional('SRC', 'whose rules: osm, osm@1.2, osm@0.11, file:PATH, exec:COMMAND or image:NAME ARGS', (text) => text),
    config: optional('FILE|-', "the config that the rules are made from; its podIPs are the pod's addresses", (text) => text),
    mesh: optional('NAME[@RELEASE]', "whose proxy is there: its ports and identity; by default the rules' own", readMesh),
    uid: optional('N', 'the UID of the process that sends', id),
    gid: optional('N', 'its primary GID; by default the UID', id),
    groups: optional('N,…', 'its supplementary groups', ids),
    proto: withDefault('tcp|udp|icmp', 'tcp', 'the protocol', protocol),
    to: optional(
      'ADDRESS:PORT',
      'where it is sent, such as 203.0.113.10:80, pod:8080 or lo:8080; for icmp an address alone',
      (text) => text,
    ),
    from: optional('ADDRESS[:PORT]', 'where it comes from: an address of the pod, or with --in of whoever sends it', (text) => text),
    in: optional('IFACE', 'it comes in by this interface, for an address of the pod; nobody in the pod owns it then', interfaceName),
  },
  async run({ values }) {
    if (values.rules === undefined) throw inputError('--rules', 'is missing', 'write --rules SRC, such as --rules osm@1.2')
    const source = await readSource(values.rules)
    const config = await readConfig(values.config)
    const profile = chooseProfile(values.mesh, source, config)
    const flow = readFlow(values, config)
    const surrounding = surroundingOf(flow, profile, config, values.in)
    const world = new World(surrounding)
    const ruleset = await readRuleset(source, config, profile, flow.family, surrounding.links[0]?.pod[flow.family] ?? '')
    const empty: Ruleset = { family: flow.family, tables: new Map() }
    const rulesets: Record<Family, Ruleset> = { ipv4: empty, ipv6: empty, [flow.family]: ruleset }
    process.stdout.write(explanation(flow, predict(flow, rulesets, world), ruleset, world))
    return exitCodes.ok
  },
})

function protocol(text: string): Protocol {
  const found = protocols.find((known) => known === text)
  if (found === undefined) throw new TypeError(`'${text}' is none of ${protocols.join(', ')}`)
  return found
}

function interfaceName(text: string): string {
  if (text === 'lo') throw new TypeError('what the pod sends to itself comes from a process: leave --in out and say its --uid')
  if (!/^[^\s/]{1,15}$/.test(text)) throw new TypeError(`'${text}' is no interface's name`)
  return text
}

interface FlowValues {
  uid: number | undefined
  gid: number | undefined
  groups: number[] | undefined
  proto: Protocol
  to: string | undefined
  from: string | undefined
  in: string | undefined
}

function readFlow({ uid, gid, groups = [], proto, to, from, in: device }: FlowValues, { podIPs = [], family }: ConfigInput): ConcreteFlow {
  if (to === undefined) throw inputError('--to', 'is missing', 'write --to ADDRESS:PORT, such as --to 203.0.113.10:80')
  if (uid === undefined && device === undefined)
    throw inputError('--uid', 'is missing', 'say as whom the process runs, or with --in by which interface the packet comes in')
  const endpoint = read('--to', () => parseEndpoint(to, proto !== 'icmp'))
  const source = from === undefined ? undefined : readSourceAddress(from)
  const own = endpoint.kind === 'literal' ? endpoint.family : (family ?? familyOf(source?.address ?? podIPs[0] ?? '') ?? 'ipv4')
  if (source !== undefined && familyOf(source.address) !== own) throw inputError('--from', `${from} is not of the family of ${to}`)
  const book = { pod: () => podIPs.find((address) => familyOf(address) === own) ?? usual.pod[own], peer: () => usual.peer[own] }
  const destination = resolveEndpoint(endpoint, own, book)
  if (destination === undefined) throw inputError('--to', `${to} is not ${own}`)
  return {
    credentials: { uid: uid ?? 0, gid: gid ?? uid ?? 0, groups },
    origin: device === undefined ? { kind: 'pod' } : { kind: 'peer', interface: device },
    protocol: proto,
    family: own,
    destination,
    ...(source && { source }),
  }
}

function readSourceAddress(text: string): { address: string; port?: number } {
  if (familyOf(text) !== undefined) return { address: text }
  const endpoint = read('--from', () => parseEndpoint(text, true))
  if (endpoint.kind !== 'literal') throw inputError('--from', `'${text}' is no address; write ADDRESS or ADDRESS:PORT`)
  return { address: endpoint.address, port: endpoint.port }
}

function read<T>(option: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof TypeError) throw inputError(option, error.message)
    throw error
  }
}

function chooseProfile(mesh: { name: string; release?: string } | undefined, source: RuleSource, config: ConfigInput): Profile {
  if (mesh === undefined && source.profile !== undefined) return source.profile
  const found = findMesh(mesh?.name ?? config.mesh ?? 'osm')
  return found.profile(mesh?.release ?? newestRelease(found))
}

/** A pod with one interface, where somebody listens on every port, and a peer that answers everything. */
function surroundingOf(
  { destination, source, family }: ConcreteFlow,
  profile: Profile,
  { podIPs = [] }: ConfigInput,
  device: string | undefined,
) {
  const isOwn = (address: string | undefined): address is string =>
    address !== undefined && !address.startsWith('127.') && address !== '::1'
  const said = device === undefined ? source?.address : destination.address
  const pod = { ...usual.pod }
  for (const address of podIPs.toReversed()) Object.assign(pod, { [familyOf(address) ?? family]: address })
  if (isOwn(said)) Object.assign(pod, { [family]: said })
  const { proxy, ports, families } = profile
  const link = {
    name: device ?? 'eth0',
    pod: { ipv4: `${pod.ipv4}/32`, ipv6: `${pod.ipv6}/128` },
    peer: { ipv4: `${usual.peer.ipv4}/32`, ipv6: `${usual.peer.ipv6}/128` },
  }
  const anywhere = { address: '::', port: 'any' as const }
  const app = { uid: 1000, gid: 1000, groups: [] }
  return {
    links: [link],
    proxy: { credentials: proxy, state: 'up' as const, families, ports, services: [] },
    apps: (['tcp', 'udp'] as const).map((name) => ({ protocol: name, ...anywhere, credentials: app })),
    peers: [{ interface: link.name, tcp: [anywhere], udp: [anywhere] }],
  }
}

/** The rules of the flow's family; none where the mesh captures nothing of it. */
async function readRuleset(
  source: RuleSource,
  { config, podAnnotations, podIPs = [], mesh: name }: ConfigInput,
  profile: Profile,
  family: Family,
  podAddress: string,
): Promise<Ruleset> {
  const { loadRules } = await import('../iptables/load.ts')
  if (!profile.families.includes(family)) return loadRules([], family).ruleset
  const addresses = podIPs.length > 0 ? podIPs : [podAddress.slice(0, podAddress.indexOf('/'))]
  const mesh = name ?? profile.mesh
  const text = await source.rules({ schema: 'sidetrack.config/1', mesh, config, podAnnotations, podIPs: addresses, family })
  const { ruleset, failed } = loadRules(text === undefined ? [] : [text], family)
  if (failed !== undefined)
    throw new HarnessError('input', `${source.id}: ${failed.message}`, { cause: failed, ...(failed.hint && { hint: failed.hint }) })
  return ruleset
}
