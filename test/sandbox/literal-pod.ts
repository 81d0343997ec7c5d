import type { FlowPlan, FlowResult, LoadResult } from '../../harness/agent/protocol.ts'
import { type Family, families as allFamilies, formatAddressPort } from '../../harness/core/address.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import { formatFlow } from '../../harness/flow/flow.ts'
import { credentialsOf } from '../../harness/flow/identity.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import type { JobPlan } from '../../harness/run/checks/job-plan.ts'
import { judge } from '../../harness/run/judge/judge.ts'
import { planJob } from '../../harness/run/plan/plan-job.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { ruleText, scenario } from '../../harness/scenario/dsl.ts'
import type { ScenarioInput } from '../../harness/scenario/input.ts'
import type { Scenario } from '../../harness/scenario/scenario.ts'
import { textSource } from '../../harness/source/rules/text.ts'

/** Rules by table, one a line. */
export type Tables = Readonly<Partial<Record<'raw' | 'nat' | 'filter' | 'mangle', readonly string[]>>>

/** A pod with the rules of a test, and what is expected of its flows. OSM's profile, but for the families: both. */
export interface LiteralPod extends Omit<ScenarioInput, 'rules'> {
  ipv4?: Tables | readonly string[]
  ipv6?: Tables
}

/** @returns an iptables-restore payload. */
export function payload(tables: Tables): string {
  return Object.entries(tables)
    .map(([table, rules]) => `*${table}\n${rules.join('\n')}\nCOMMIT\n`)
    .join('')
}

/** A chain of commands, one a line. */
export function commands(family: Family, lines: readonly string[]): RuleText {
  return {
    form: 'commands',
    family,
    commands: lines.map((line, index) => ({ argv: line.split(' '), line: index + 1 })),
  }
}

const isList = (rules: Tables | readonly string[]): rules is readonly string[] => Array.isArray(rules)

function rulesOf({ ipv4, ipv6 }: LiteralPod): RuleText[] {
  const texts: RuleText[] = []
  if (ipv4 !== undefined)
    texts.push(isList(ipv4) ? commands('ipv4', ipv4) : { form: 'restore', family: 'ipv4', payload: payload(ipv4) })
  if (ipv6 !== undefined) texts.push({ form: 'restore', family: 'ipv6', payload: payload(ipv6) })
  return texts
}

const profile = { ...findMesh('osm').profile('1.2'), families: allFamilies }

function expand(defined: Scenario, backend: Backend) {
  return defined.flows.flatMap(({ flow, expected, location }) => {
    const { destination } = flow
    const families = destination.kind === 'literal' ? [destination.family] : (defined.families ?? (['ipv4'] as const))
    const credentials = credentialsOf(flow.identity, profile.proxy)
    return families.map((family) => ({
      id: `${formatFlow(flow)}/${family}`,
      scenario: defined,
      location,
      backend,
      family,
      flow,
      credentials,
      expected,
    }))
  })
}

/** What the agent is asked for, and how its answer is to be held against what is expected. */
export function plan(backend: Backend, pod: LiteralPod) {
  const { ipv4: _, ipv6: __, ...input } = pod
  const defined = scenario('a literal pod', { ...input, rules: ruleText('osm', '') })
  const addresses = PodAddresses.of(defined)
  const checks = expand(defined, backend)
  const job = {
    scenario: defined,
    backend,
    profile,
    proxy: profile.proxy,
    source: textSource('test', 'test', ''),
    checks,
    ...(pod.timeout !== undefined && { timeout: pod.timeout }),
  }
  return { plan: planJob(job, addresses, rulesOf(pod)), checks, addresses }
}

/** What became of one flow. */
export interface Seen {
  /** The flow, as ids have it. */
  flow: string
  result: FlowResult
  /** Why it is not as expected. */
  unmet: string | undefined
}

export interface Driven {
  applied: LoadResult['applied']
  flows: Seen[]
  plan: JobPlan
}

/** Has a sandbox make the pod, send its flows, and remove it again. */
export async function drive(sandbox: Sandbox, backend: Backend, pod: LiteralPod): Promise<Driven> {
  const planned = plan(backend, pod)
  await using made = await sandbox.stand(planned.plan.pod)
  const { applied } = await made.load(planned.plan)
  const flows = await Array.fromAsync(made.send(planned.plan.flows))
  return {
    applied,
    plan: planned.plan,
    flows: planned.checks.map(({ id, expected }, index) => {
      const [result, flowPlan] = [flows[index], planned.plan.flows[index]] as [FlowResult, FlowPlan]
      const unmet =
        'error' in result ? result.error : judge(expected, result.observed, flowPlan, planned.addresses)?.reason
      return { flow: id, result, unmet }
    }),
  }
}

/** @returns what is not as expected, in words; nothing if all is. */
export async function unmet(sandbox: Sandbox, backend: Backend, pod: LiteralPod): Promise<string[]> {
  const { applied, flows } = await drive(sandbox, backend, pod)
  const rejected =
    applied === 'none' || applied.ok ? [] : [`the rules are rejected at line ${applied.line}: ${applied.message}`]
  return [
    ...rejected,
    ...flows.flatMap(({ flow, unmet, result }) => (unmet === undefined ? [] : [`${flow}: ${unmet}; ${tell(result)}`])),
  ]
}

/** A journey in one line, such as `outbound 127.0.0.1:15001 → peer 203.0.113.10:80`. */
export function tell(result: FlowResult | undefined): string {
  if (result === undefined || 'error' in result) return result?.error ?? 'nothing'
  const stations = result.observed.journey.map(({ at, local }) =>
    local === undefined ? at : `${at} ${formatAddressPort(local)}`,
  )
  return stations.join(' → ')
}
