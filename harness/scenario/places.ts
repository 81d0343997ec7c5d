import { isDscpAlone } from '../core/tos.ts'
import { isLoopback } from '../core/address.ts'
import type { Endpoint } from '../flow/endpoint.ts'
import { formatFlow } from '../flow/flow.ts'
import { nearestName } from '../input/nearest-name.ts'
import { parseEndpoint } from './endpoint-text.ts'
import { isObject, shown } from '../input/fields.ts'
import { builtInInterfaces } from './pod-fields.ts'
import type { ExpectedFlow, Location } from './scenario.ts'

/** What an inner bridge brings into the pod. */
const innerDevices = ['br0', 'veth0']

interface Problem {
  what: string
  hint?: string
  at?: Location
}

/**
 * Whatever a scenario names by an interface, or behind its inner bridge, that it does not have. Fields of another shape
 * are passed over.
 */
export function placeProblems(input: Readonly<Record<string, unknown>>, flows: readonly ExpectedFlow[]): Problem[] {
  const own = ['eth0', ...strings(input['interfaces'])]
  const behind = isObject(input['behind']) ? Object.keys(input['behind']) : []
  const interfaces = [...own, ...behind]
  const endpoints = [
    ...Object.entries(isObject(input['services']) ? input['services'] : {}).flatMap(([at, to]) =>
      [at, ...strings([to])].map((text) => ({ field: 'services', text })),
    ),
    ...strings(input['closed']).map((text, index) => ({ field: `closed.${index}`, text })),
  ]
  const misplaced = endpoints.flatMap(({ field, text }) =>
    missing(interfaces, interfacesOf(read(text))).map(
      (name): Problem => ({
        what: `${field}: ${text} is on an interface that the scenario does not have${nearestOf(name, interfaces)}`,
        hint: `add ${name} to 'interfaces'`,
      }),
    ),
  )
  const taken = input['inner'] === true ? interfaces.filter((name) => innerDevices.includes(name)) : []
  const doubled = taken.map(
    (name): Problem => ({ what: `interfaces: ${name} is a part of the inner bridge`, hint: 'give it another name' }),
  )
  const twice = behind
    .filter((name) => own.includes(name) || name === 'lo')
    .map(
      (name): Problem => ({
        what: `behind: ${name} is an interface that is there already`,
        hint: 'give it another name',
      }),
    )
  return [
    ...misplaced,
    ...doubled,
    ...twice,
    ...familyProblems(input, flows),
    ...flows.flatMap((flow) => flowProblems(interfaces, input['inner'] === true, flow)),
  ]
}

/** Flows of a family that the pod is said to have no address of: only loopback has one then. */
function familyProblems(input: Readonly<Record<string, unknown>>, flows: readonly ExpectedFlow[]): Problem[] {
  if (!Array.isArray(input['podIPs'])) return []
  const own = strings(input['podIPs'])
  const hint = "add it to 'podIPs'"
  const named = missing(own, strings(input['families'])).map((family) => ({
    what: `families: the pod has no ${family} address`,
    hint,
  }))
  const sent = flows.flatMap(({ flow, location: at }) => {
    const { destination } = flow
    if (destination.kind !== 'literal' || own.includes(destination.family) || isLoopback(destination.address)) return []
    return [{ what: `${formatFlow(flow)} goes over ${destination.family}, of which the pod has no address`, hint, at }]
  })
  return [...named, ...sent]
}

function flowProblems(
  interfaces: readonly string[],
  hasInner: boolean,
  { flow, location: at }: ExpectedFlow,
): Problem[] {
  const { destination, origin, bindToDevice, mark, tos = 0, transparent, protocol } = flow
  const named = [...interfacesOf(destination), ...(origin.kind === 'peer' ? [origin.interface] : [])]
  const problems = missing(interfaces, named).map(
    (name): Problem => ({
      what: `${formatFlow(flow)} names interface ${name}, which the scenario does not have${nearestOf(name, interfaces)}`,
      hint: `add it to 'interfaces'`,
      at,
    }),
  )
  if (origin.kind === 'inner' && !hasInner)
    problems.push({
      what: `${formatFlow(flow)} starts behind the inner bridge, which the scenario does not have`,
      hint: `add 'inner: true'`,
      at,
    })
  if (origin.kind !== 'pod' && (mark !== undefined || transparent))
    problems.push({
      what: `${formatFlow(flow)} is ${mark === undefined ? 'transparent' : 'marked'}, and is not sent from the pod`,
      hint: 'no rule of the pod sees that of another host',
      at,
    })
  if (protocol === 'tcp' && !isDscpAlone(tos))
    problems.push({
      what: `${formatFlow(flow)} has ECN in its tos, which the kernel keeps to itself for TCP`,
      hint: 'leave the lower two bits 0',
      at,
    })
  const devices = origin.kind === 'pod' ? ['lo', ...interfaces, ...(hasInner ? innerDevices : [])] : builtInInterfaces
  if (bindToDevice !== undefined && !devices.includes(bindToDevice))
    problems.push({
      what: `${formatFlow(flow)} is bound to ${bindToDevice}, which its sender does not have${nearestOf(bindToDevice, devices)}`,
      at,
    })
  return problems
}

/** The flow is part of a check's id, so none may occur twice in a scenario. */
export function repeatedFlows(flows: readonly ExpectedFlow[]): Problem[] {
  const seen = new Set<string>()
  return flows.flatMap(({ flow, location }) => {
    const text = formatFlow(flow)
    if (seen.has(text))
      return [{ what: `${text} stands twice in this scenario`, hint: 'keep one of them', at: location }]
    seen.add(text)
    return []
  })
}

function interfacesOf(endpoint: Endpoint | undefined): string[] {
  return endpoint?.kind === 'pod' || endpoint?.kind === 'peer' ? [endpoint.interface] : []
}

function missing(known: readonly string[], named: readonly string[]): string[] {
  return [...new Set(named)].filter((name) => !known.includes(name))
}

function nearestOf(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : `, did you mean ${shown(nearest)}?`
}

/** @returns undefined if it is no endpoint, which the field's own check reports. */
function read(text: string): Endpoint | undefined {
  try {
    return parseEndpoint(text, true)
  } catch {
    return undefined
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
