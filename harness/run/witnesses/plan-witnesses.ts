import type { DrivenFlow, Routing } from '../../agent/protocol.ts'
import type { Backend } from '../../flow/backend.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import { namedCredentials } from '../../flow/identity.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { RulesSpec } from '../../mesh/rules.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import { loadText } from '../predict/loaded-rules.ts'
import { planJob } from '../plan/plan-job.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'
import { routingBeside } from '../plan/policy-routing.ts'
import { flowAs } from './flow-as.ts'
import { leadsOf } from './leads.ts'

/** Flows that are to be sent through one pod, under one set of rules after another. */
export interface Questions {
  flows: readonly ConcreteFlow[]
  /** Every set of rules that the pod is to be loaded with, each with the texts of both families. */
  worlds: readonly (readonly RuleText[])[]
  /** Whose proxy is there. */
  profile: Profile
  addresses: PodAddresses
  backend: Backend
  /** What the rules were made from. */
  config?: RulesSpec
}

/**
 * A pod in which somebody listens wherever a flow or a rule leads, and the flows with the ports that they are sent
 * from.
 */
export interface WitnessPlan {
  pod: PodPlan
  flows: readonly DrivenFlow[]
  /** What is loaded for one of the worlds, in the order of the question. */
  worlds: readonly JobPlan[]
}

const noConfig: RulesSpec = { kind: 'config', config: {}, podAnnotations: {} }

/**
 * The one pod for all of the flows and worlds: that of a scenario with these flows.
 * @throws HarnessError (`input`) where there are more flows than ports.
 */
export function planWitnesses({
  flows,
  worlds,
  profile,
  addresses,
  backend,
  config = noConfig,
}: Questions): WitnessPlan {
  const checks = flows.map((flow) => ({
    flow: flowAs(flow, credentialsOf(flow)),
    credentials: credentialsOf(flow),
    family: flow.family,
  }))
  const scenario = { mesh: profile.mesh, rules: config, proxy: 'up', apps: [], applyTimes: 1, flows: checks } as const
  const job = { scenario, backend, profile, proxy: profile.proxy, source: {}, checks }
  const routings = worlds.map((texts) => routingBeside(texts, profile.beside))
  const around = addresses.withLoopback(routings.flatMap(({ loopbackAddresses }) => loopbackAddresses))
  const rulesets = worlds.flatMap((texts) => texts.map((text) => loadText(text, backend).ruleset))
  const { pod, flows: planned } = planJob(job, around, [...new Set(worlds.flat())], {
    leads: leadsOf(flows, rulesets, around),
  })
  const driven = together(planned)
  return {
    pod,
    flows: driven,
    worlds: worlds.map((rules, index) => ({ pod, rules, ...routingOf(routings[index]), flows: driven })),
  }
}

function routingOf(routing: Routing | undefined): { routing?: Routing } {
  const { rules = [], routes = [] } = routing ?? {}
  return rules.length + routes.length === 0 ? {} : { routing: { rules, routes } }
}

const credentialsOf = ({ origin, credentials }: Pick<ConcreteFlow, 'origin' | 'credentials'>) =>
  origin.kind === 'pod' ? credentials : namedCredentials.remote

/** Of flows with ports of their own choice, only those go alone that have the same one. */
function together(flows: readonly DrivenFlow[]): DrivenFlow[] {
  const byPort = Map.groupBy(flows, ({ source }) => source.port)
  return flows.map((flow) => {
    if (byPort.get(flow.source.port)?.length !== 1) return flow
    const { alone: _, ...other } = flow
    return other
  })
}
