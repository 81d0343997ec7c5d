import { createHash } from 'node:crypto'
import { openingsOf } from '../../agent/drive/listeners.ts'
import { sysctlsOf } from '../../agent/pod/sysctls.ts'
import { type AddressPort, families, formatAddressPort, withoutPrefix, hostPrefix } from '../../core/address.ts'
import { anyIpOf, forwards, networksElsewhere, networksOf } from '../../flow/networks-behind.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { toolOf } from '../../flow/backend.ts'
import type { Origin } from '../../flow/flow.ts'
import { stationAt } from '../../flow/listener.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { isListener, type Observed } from '../../flow/verdict.ts'
import type { CheckResult, Material } from '../../run/checks/check.ts'
import { oneLine } from '../writing/printable.ts'
import { quote } from '../../core/shell-quote.ts'
import { describeCheck } from '../describing/describe-check.ts'
import { describeObserved } from '../describing/describe-observed.ts'
import { reproduceProgram } from './reproduce-program.ts'
import { reproduceBegin, reproduceEnd } from './reproduce-shell.ts'

/**
 * A shell script that does one check again without Sidetrack, in namespaces of its own.
 * @returns undefined where a check has no flow, was not seen to its end, or ran in a way that a script cannot have.
 */
export function reproduceScript(result: CheckResult): string | undefined {
  const { check, observed, material } = result
  if (material?.flow === undefined || observed === undefined || material.found.kept === undefined) return undefined
  const {
    plan: { pod: plan, routing, rules: texts },
    found,
  } = material
  if (plan.proxy.envoy !== undefined || routing !== undefined || isBeyondScript(plan.proxy, observed)) return undefined
  // The kernel has sets by a program that need not be there.
  if (texts.some(({ sets = [] }) => sets.length > 0)) return undefined
  // Only connection tracking tells that nobody can read what a datagram had been sent to.
  if (observed.verdict === 'captured' && material.flow.protocol === 'udp') return undefined
  if (material.flow.raw !== undefined) return undefined
  const title = [check.id, describeCheck(check), `Sidetrack observed: ${describeObserved(observed)}`]
  const rules = families.map((family) =>
    (found.kept?.rulesBefore[family] ?? '').replace(/^(?![#*:[-]|COMMIT).*$/gm, '#'),
  )
  const forwarded = families.filter((family) => forwards(plan, family))
  return [
    '#!/bin/sh',
    ...title.map((line) => `# ${oneLine(line)}`),
    reproduceBegin,
    `backend=${plan.backend}`,
    ...here('/run/pod-sysctls', sysctlText({ forwards: forwarded, ownsEverything: false })),
    ...here('/run/peer-sysctls', sysctlText({ forwards: [], ownsEverything: true })),
    ...here('/run/inner-sysctls', sysctlText({ forwards: [], ownsEverything: false })),
    'sh /run/set-sysctls /run/pod-sysctls',
    'ip link set lo up',
    ...(plan.loopback ?? []).map((address) => addAddress(hostPrefix(address), 'lo')),
    ...plan.links.flatMap((_, position) => connectPeer(plan, position)),
    ...connectInner(plan),
    ...here('/run/rules4', rules[0] ?? ''),
    ...here('/run/rules6', rules[1] ?? ''),
    ...plan.peers.flatMap(({ interface: name, rules = [] }) =>
      rules.flatMap((text) => applyToPeer(peerName(name), text)),
    ),
    ...here('/run/plan.json', JSON.stringify(planFor(material, observed))),
    ...here('/run/flow.py', reproduceProgram),
    `save=${toolOf(material.flow.family)}`,
    reproduceEnd,
  ].join('\n')
}

/** What the proxy does that the script's does not: foreign addresses and marks, and questions of names. */
function isBeyondScript({ listeners, dialsOn: { inbound, mark } }: PodPlan['proxy'], { journey }: Observed): boolean {
  const isTransparent = inbound !== 'loopback' && (inbound.from === 'client' || inbound.mark !== undefined)
  const asks = listeners.some(
    (listener) => listener.captures === 'dns' && journey.some(({ at }) => at === stationAt(listener)),
  )
  return mark !== undefined || isTransparent || asks || listeners.some(({ transparent }) => transparent)
}

const peerName = (name: string): string => `${name}.peer`
const innerName = 'inner'
const tool = (address: string): string => (address.includes(':') ? 'ip -6' : 'ip')
const addAddress = (address: string, device: string): string =>
  `${tool(address)} addr add ${quote(address)} dev ${device} noprefixroute${address.includes(':') ? ' nodad' : ''}`

type Plan = Material['plan']['pod']

/** The same links and routes as the agent makes (agent/pod/links.ts), as commands. */
function connectPeer({ links, inner }: Plan, position: number): string[] {
  const link = links[position]
  if (link === undefined) return []
  const [device, peer] = [quote(link.name), quote(peerName(link.name))]
  const [mac, peerMac] = [`02:00:00:00:0${position}:01`, `02:00:00:00:0${position}:02`]
  const gateways = [withoutPrefix(link.peer.ipv4), withoutPrefix(link.peer.ipv6)]
  const sources = [
    ...links.flatMap(({ pod }) => [withoutPrefix(pod.ipv4), withoutPrefix(pod.ipv6)]),
    ...(inner ? [inner.address] : []),
  ]
  const prefixes = networksOf(link)
  const elsewhere = networksElsewhere(link, links)
  const everything = ['0.0.0.0/0', '::/0']
  const routes = position === 0 ? [...prefixes, '0.0.0.0/0', '::/0'] : prefixes
  const inPeer = [
    'ip link set eth0 up',
    ...gateways.map((gateway) => addAddress(hostPrefix(gateway), 'eth0')),
    ...sources.flatMap((address) => [
      `${tool(address)} route add ${hostPrefix(address)} dev eth0 scope link`,
      `${tool(address)} neigh replace ${address} lladdr ${mac} dev eth0 nud permanent`,
    ]),
    ...(link.behind === undefined ? everything : anyIpOf(link)).map(
      (to) => `${tool(to)} route add local ${to} dev lo${to.includes(':') ? ' table main' : ''}`,
    ),
    ...(link.behind === undefined ? elsewhere : everything).map(
      (to) =>
        `${tool(to)} route add ${to} via ${withoutPrefix(to.includes(':') ? link.pod.ipv6 : link.pod.ipv4)} dev eth0 onlink`,
    ),
  ]
  return [
    '',
    `add_namespace ${peer} /run/peer-sysctls`,
    `ip link add ${device} address ${mac} type veth peer name eth0 address ${peerMac} netns ${peer}`,
    ...inPeer.map((words) => `at ${peer} ${words}`),
    `ip link set ${device} up`,
    addAddress(link.pod.ipv4, device),
    addAddress(link.pod.ipv6, device),
    ...gateways.map(
      (gateway) => `${tool(gateway)} neigh replace ${gateway} lladdr ${peerMac} dev ${device} nud permanent`,
    ),
    ...routes.map(
      (to) => `${tool(to)} route add ${to} via ${to.includes(':') ? gateways[1] : gateways[0]} dev ${device} onlink`,
    ),
  ]
}

function connectInner({ inner }: Plan): string[] {
  if (inner === undefined) return []
  const { bridge, bridgeAddress, address, prefix } = inner
  return [
    '',
    `add_namespace ${innerName} /run/inner-sysctls`,
    `ip link add ${quote(bridge)} type bridge`,
    `ip link add veth0 type veth peer name eth0 netns ${innerName}`,
    `ip link set veth0 master ${quote(bridge)} up`,
    `at ${innerName} ip link set eth0 up`,
    `at ${innerName} ip addr add ${quote(`${address}/${prefix}`)} dev eth0`,
    `at ${innerName} ip route add default via ${quote(bridgeAddress)}`,
    `ip link set ${quote(bridge)} up`,
    `ip addr add ${quote(`${bridgeAddress}/${prefix}`)} dev ${quote(bridge)}`,
  ]
}

function applyToPeer(peer: string, text: RuleText): string[] {
  const program = toolOf(text.family)
  if (text.form === 'restore') {
    return [
      ...here('/run/peer-rules', text.payload),
      `at ${quote(peer)} "$(program ${program} -restore)" --noflush </run/peer-rules`,
    ]
  }
  return text.commands.map(({ argv }) => `at ${quote(peer)} "$(program ${program} '')" ${argv.map(quote).join(' ')}`)
}

/** What the program opens and sends, in namespaces by their names; the pod itself is the one it begins in. */
function planFor({ plan: { pod: plan }, flow, source }: Material, observed: Observed): object {
  const pod = 'pod'
  const nameOf = (origin: Origin): string =>
    origin.kind === 'pod' ? pod : origin.kind === 'inner' ? innerName : peerName(origin.interface)
  const own = plan.links.flatMap((link) => [withoutPrefix(link.pod.ipv4), withoutPrefix(link.pod.ipv6)])
  const addresses = [...own, ...(plan.loopback ?? [])]
  const openings = openingsOf({ name: pod, addresses, namespaceOf: (origin) => ({ name: nameOf(origin) }) }, plan)
  const isGone = plan.proxy.state !== 'up'
  const servers = openings.flatMap(({ credentials, listeners, routing }) =>
    [...Map.groupBy(listeners, ({ namespace }) => namespace)].map(([namespace, own]) => ({
      namespace: namespace === pod ? null : namespace,
      who: credentials,
      listeners: own
        .filter(({ at }) => !isGone || at === 'app' || at === 'peer')
        .map(({ at, passesOn, protocol, address, port }) => ({
          at,
          captures: isListener(at),
          passesOn,
          protocol,
          address,
          port,
        })),
      ...(routing && {
        routing: { ...routing, services: routing.services.map(({ at, to }) => ({ at: pair(at), to: pair(to) })) },
      }),
    })),
  )
  const from = flow === undefined ? pod : nameOf(flow.origin)
  return {
    networks: namespacesOf(plan),
    servers,
    peers: plan.links.map(({ name }) => peerName(name)),
    flow: flow && {
      namespace: from === pod ? null : from,
      who: flow.credentials,
      protocol: flow.protocol,
      source: pair(source ?? { address: flow.family === 'ipv4' ? '0.0.0.0' : '::', port: 0 }),
      destination: pair(flow.destination),
      bindToDevice: flow.bindToDevice,
      mark: flow.mark ?? null,
      tos: flow.tos ?? null,
    },
    observed: shortVerdict(observed),
  }
}

/**
 * What must be there before anything is sent: links that carry packets, and IPv6 addresses that are the namespace's
 * own.
 */
function namespacesOf({ links, inner }: Plan): { namespace: string | null; links: string[]; addresses: string[] }[] {
  const podLinks = [...links.map(({ name }) => name), ...(inner === undefined ? [] : ['veth0', inner.bridge])]
  return [
    { namespace: null, links: podLinks, addresses: links.map(({ pod }) => withoutPrefix(pod.ipv6)) },
    ...links.map(({ name, peer }) => ({
      namespace: peerName(name),
      links: ['eth0'],
      addresses: [withoutPrefix(peer.ipv6)],
    })),
    ...(inner === undefined ? [] : [{ namespace: innerName, links: ['eth0'], addresses: [] }]),
  ]
}

const pair = ({ address, port }: AddressPort): [string, number] => [address, port]

/** A verdict in the words that the program has for it. */
function shortVerdict({ verdict, listener, answeredBy, translatedTo, refusedBy }: Observed): string {
  switch (verdict) {
    case 'redirected':
      return `redirected ${listener}`
    case 'captured':
      return `captured ${listener}`
    case 'direct':
      return `direct ${answeredBy}`
    case 'translated':
      return `translated ${translatedTo === undefined ? '' : translatedTo.port === 0 ? `${bracketed(translatedTo.address)}:0` : formatAddressPort(translatedTo)}`
    case 'refused':
      return `refused ${refusedBy}`
    default:
      return verdict
  }
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)

const sysctlText = (role: Parameters<typeof sysctlsOf>[0]): string =>
  Object.entries(sysctlsOf(role))
    .filter(([name]) => name !== 'net/ipv4/ping_group_range')
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')

/** A here-document that no line of the text can end: the delimiter is made from the text, and quoted. */
function here(file: string, text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n')
  let delimiter = ''
  for (let salt = 0; delimiter === '' || lines.includes(delimiter); salt += 1) {
    delimiter = `END_${createHash('sha256').update(`${salt}${text}`).digest('hex').slice(0, 16)}`
  }
  return [`cat >${file} <<'${delimiter}'`, ...lines, delimiter]
}
