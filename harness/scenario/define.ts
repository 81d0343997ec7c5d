import * as v from 'valibot'
import type { Family } from '../core/address.ts'
import { inputError } from '../core/errors.ts'
import { formatFlow } from '../flow/flow.ts'
import type { Identity } from '../flow/identity.ts'
import type { App, Topology } from '../flow/topology.ts'
import { callSite } from './call-site.ts'
import { parseEndpoint } from './endpoint-text.ts'
import { parseReleases } from './releases.ts'
import type { MeshRules } from './rules.ts'
import type { ExpectedFlow, Location, Scenario } from './scenario.ts'

/** An application: a port, or more. By default it is TCP, listens on every address and runs as `app`. */
export type AppInput = { port: number; protocol?: 'tcp' | 'udp'; bind?: App['bind']; identity?: Identity }

export interface ScenarioInput {
  rules: MeshRules
  flows: readonly ExpectedFlow[]
  /** Releases of the mesh for which this holds: `1.2`, `>=1.1`, `<=0.11`, `0.9 - 0.11`. Default: all. */
  releases?: string
  apply?: { times: number }
  /** Loading the rules fails at this line, and leaves nothing or what came before it. */
  applies?: { rejectedAt: number; leaves: 'nothing' | 'part' }
  /** Interfaces beside eth0, such as `net1`. */
  interfaces?: readonly string[]
  /**
   * Applications that are special. On every other pod port that a flow or a service names, one listens on all addresses as
   * `app`, unless the port is the proxy's own.
   */
  apps?: readonly AppInput[]
  /** Addresses that the proxy resolves to an endpoint, as Envoy's cluster does: `{ '10.96.0.10:80': 'pod:8080' }`. */
  services?: Readonly<Record<string, string>>
  /** Where nobody listens although a flow is sent there. */
  closed?: readonly string[]
  proxy?: Topology['proxy']
  /** Gives the pod a bridge with a namespace behind it. */
  inner?: boolean
  families?: readonly Family[]
  tags?: readonly string[]
}

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))
const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xfffffffe))
const interfaceName = v.pipe(v.string(), v.regex(/^[^\s/:.]{1,15}$/, 'not an interface name'))
const identity = v.union([v.picklist(['app', 'proxy', 'root', 'remote']), v.strictObject({ uid: id, gid: id, groups: v.array(id) })])

const schema = v.strictObject({
  rules: v.looseObject({ kind: v.picklist(['config', 'text']), mesh: v.string() }),
  flows: v.pipe(v.array(v.looseObject({ flow: v.looseObject({}), expected: v.looseObject({ verdict: v.string() }) }, 'a flow lacks its expectation, such as .isDirect()')), v.minLength(1, 'a scenario needs at least one flow')),
  releases: v.optional(v.string()),
  apply: v.optional(v.strictObject({ times: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10)) })),
  applies: v.optional(v.strictObject({ rejectedAt: v.pipe(v.number(), v.integer(), v.minValue(1)), leaves: v.picklist(['nothing', 'part']) })),
  interfaces: v.optional(v.array(interfaceName)),
  apps: v.optional(
    v.array(v.strictObject({ port, protocol: v.optional(v.picklist(['tcp', 'udp'])), bind: v.optional(v.string()), identity: v.optional(identity) })),
  ),
  services: v.optional(v.record(v.string(), v.string())),
  closed: v.optional(v.array(v.string())),
  proxy: v.optional(v.picklist(['up', 'down', 'killed'])),
  inner: v.optional(v.boolean()),
  families: v.optional(v.pipe(v.array(v.picklist(['ipv4', 'ipv6'])), v.minLength(1))),
  tags: v.optional(v.array(v.string())),
})

/**
 * Defines a scenario: its rules, its topology and flows with their verdicts, as data.
 * @throws HarnessError (`input`) naming the file and line if anything in it does not fit.
 */
export function scenario(title: string, input: ScenarioInput): Scenario {
  const location = callSite()
  const where = `${location.file}:${location.line}`
  if (title.trim() === '') throw inputError(where, 'a scenario needs a title')
  const parsed = v.safeParse(schema, input)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw inputError(where, `scenario '${title}', ${v.getDotPath(issue) ?? 'scenario'}: ${issue.message}`)
  }
  try {
    return build(title, location, input)
  } catch (error) {
    if (error instanceof TypeError) throw inputError(where, `scenario '${title}': ${error.message}`)
    throw error
  }
}

function build(title: string, location: Location, input: ScenarioInput): Scenario {
  const { mesh, ...rules } = input.rules
  const interfaces = input.interfaces ?? []
  for (const { flow, location } of input.flows) checkInterfaces(['eth0', ...interfaces], input.inner ?? false, flow, location)
  return {
    title,
    location,
    mesh,
    rules,
    releases: input.releases === undefined ? {} : parseReleases(input.releases),
    applyTimes: input.apply?.times ?? 1,
    ...(input.applies && { rejected: { at: input.applies.rejectedAt, leaves: input.applies.leaves } }),
    interfaces,
    apps: (input.apps ?? []).map((app) => ({ protocol: 'tcp', bind: 'any', identity: 'app', ...app })),
    services: Object.entries(input.services ?? {}).map(([at, to]) => ({ at: parseEndpoint(at, true), to: parseEndpoint(to, true) })),
    closed: (input.closed ?? []).map((text) => parseEndpoint(text, true)),
    proxy: input.proxy ?? 'up',
    inner: input.inner ?? false,
    ...(input.families && { families: input.families }),
    tags: input.tags ?? [],
    flows: input.flows,
  }
}

function checkInterfaces(known: readonly string[], hasInner: boolean, flow: ExpectedFlow['flow'], { file, line }: Location): void {
  const { destination, origin } = flow
  const named = [
    ...(destination.kind === 'pod' || destination.kind === 'peer' ? [destination.interface] : []),
    ...(origin.kind === 'peer' ? [origin.interface] : []),
  ]
  for (const name of named) {
    if (!known.includes(name)) throw inputError(`${file}:${line}`, `${formatFlow(flow)} names interface ${name}, which the scenario does not have`, `add it to 'interfaces'`)
  }
  if (origin.kind === 'inner' && !hasInner) throw inputError(`${file}:${line}`, 'a flow starts behind the inner bridge, which the scenario does not have', `add 'inner: true'`)
}
