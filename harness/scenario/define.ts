import * as v from 'valibot'
import { inputError } from '../core/errors.ts'
import { type Endpoint, formatEndpoint } from '../flow/endpoint.ts'
import { formatFlow } from '../flow/flow.ts'
import { callSite } from './call-site.ts'
import { parseEndpoint } from './endpoint-text.ts'
import { type ScenarioInput, scenarioSchema } from './input.ts'
import { parseReleases } from './releases.ts'
import type { ExpectedFlow, Location, Scenario } from './scenario.ts'

/**
 * Defines a scenario: its rules, its topology and flows with their verdicts, as data.
 * @throws HarnessError (`input`) naming the file and line if anything in it does not fit.
 */
export function scenario(title: string, input: ScenarioInput): Scenario {
  const location = callSite()
  const where = `${location.file}:${location.line}`
  if (title.trim() === '') throw inputError(where, 'a scenario needs a title')
  const parsed = v.safeParse(scenarioSchema, input)
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
  const services = Object.entries(input.services ?? {}).map(([at, to]) => ({ at: parseEndpoint(at, true), to: parseEndpoint(to, true) }))
  const closed = (input.closed ?? []).map((text) => parseEndpoint(text, true))
  const known = ['eth0', ...interfaces]
  for (const endpoint of [...services.flatMap(({ at, to }) => [at, to]), ...closed]) {
    const missing = interfacesOf(endpoint).find((name) => !known.includes(name))
    if (missing !== undefined)
      throw new TypeError(`${formatEndpoint(endpoint)} is on an interface that the scenario does not have; add ${missing} to 'interfaces'`)
  }
  for (const { flow, location } of input.flows) checkInterfaces(known, input.inner ?? false, flow, location)
  checkRepeated(input.flows)
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
    services,
    closed,
    proxy: input.proxy ?? 'up',
    inner: input.inner ?? false,
    ...(input.families && { families: input.families }),
    tags: input.tags ?? [],
    flows: input.flows,
  }
}

function checkInterfaces(known: readonly string[], hasInner: boolean, flow: ExpectedFlow['flow'], { file, line }: Location): void {
  const { destination, origin } = flow
  const named = [...interfacesOf(destination), ...(origin.kind === 'peer' ? [origin.interface] : [])]
  for (const name of named) {
    if (!known.includes(name))
      throw inputError(
        `${file}:${line}`,
        `${formatFlow(flow)} names interface ${name}, which the scenario does not have`,
        `add it to 'interfaces'`,
      )
  }
  if (origin.kind === 'inner' && !hasInner)
    throw inputError(`${file}:${line}`, 'a flow starts behind the inner bridge, which the scenario does not have', `add 'inner: true'`)
}

function interfacesOf(endpoint: Endpoint): string[] {
  return endpoint.kind === 'pod' || endpoint.kind === 'peer' ? [endpoint.interface] : []
}

/** A check is known by its flow, so none may stand in a scenario twice. */
function checkRepeated(flows: readonly ExpectedFlow[]): void {
  const seen = new Set<string>()
  for (const { flow, location } of flows) {
    const text = formatFlow(flow)
    if (seen.has(text)) throw inputError(`${location.file}:${location.line}`, `${text} stands twice in this scenario`, 'keep one of them')
    seen.add(text)
  }
}
