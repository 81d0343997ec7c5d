import type { FlowPlan } from '../../agent/protocol.ts'
import type { Flow } from '../../flow/flow.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { BesideRules } from './beside-rules.ts'
import { type Destination, destinationsOf, questionsOf, translationsOf } from './destinations.ts'
import { planInitContainers } from './init-containers.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import { planApps, planPeers, unheard } from './plan-listeners.ts'
import type { PodAddresses } from './pod-addresses.ts'
import { hasFlow, type Planned, type PlannedCheck } from '../checks/planned.ts'
import { routingBeside } from './policy-routing.ts'
import { drawSourcePorts } from './source-ports.ts'

interface PlanOptions {
  /** How many source ports the jobs before it have had. */
  skip?: number
  /** Where rules may lead beyond what flows are sent to: somebody is to listen there as well. */
  leads?: readonly Destination[]
  /** What is loaded beside the rules. */
  beside?: BesideRules
  /** The rules of each further application, where those are others than of the first. */
  again?: readonly (readonly RuleText[])[]
}

/**
 * Leaves nothing symbolic of a job: the one planner of pods. Listeners are those of the whole scenario, whichever of
 * its flows are checked.
 * @throws HarnessError (`input`) where there are more flows than ports.
 */
export function planJob(
  job: Planned,
  addresses: PodAddresses,
  rules: readonly RuleText[],
  { skip = 0, leads = [], beside = { before: [], after: [] }, again = [] }: PlanOptions = {},
): JobPlan {
  const { scenario, backend, profile, proxy: credentials, checks, envoy, keepEvidence, timeout, initContainers } = job
  const { families, listeners, dialsOn } = profile
  const { loopbackAddresses, ...routing } = routingBeside(rules, profile.beside)
  const around = addresses.withLoopback(loopbackAddresses)
  const { services, closed, shape } = around
  const destinations = [
    ...destinationsOf(scenario.flows, around),
    ...translationsOf(scenario.flows, around),
    ...questionsOf(dialsOn),
    ...leads,
  ]
  const apps = planApps(scenario.apps, destinations, profile, credentials, around)
  const pod = {
    ...shape,
    backend,
    proxy: { credentials, state: scenario.proxy, families, listeners, dialsOn, services, ...(envoy && { envoy }) },
    apps,
    peers: planPeers(destinations, around),
    closed: [...closed, ...unheard(destinations, apps, around)],
    ...(timeout !== undefined && { timeout }),
    ...(keepEvidence && { keepsEvidence: true as const }),
  }
  const applied = Array.from({ length: scenario.applyTimes }, (_, index) =>
    index === 0 ? rules : (again[index - 1] ?? rules).map((text) => ({ ...text, application: index + 1 })),
  )
  const texts = [...beside.before, ...applied.flat(), ...beside.after]
  const hasRouting = !scenario.withoutRouting && routing.rules.length + routing.routes.length > 0
  const plan = {
    pod,
    rules: texts,
    ...(hasRouting && { routing }),
    ...(initContainers && { initContainers: planInitContainers(job, addresses, texts) }),
    flows: checks.filter(hasFlow).map((check) => planFlow(check, addresses)),
  }
  return drawSourcePorts(plan, skip)
}

function planFlow(
  { flow, credentials, family }: PlannedCheck & { flow: Flow; credentials: Credentials },
  addresses: PodAddresses,
): FlowPlan {
  const { origin, protocol, source, bindToDevice, mark, tos, transparent, conversation, raw } = flow
  const destination = addresses.resolve(flow.destination, family)
  if (destination === undefined) throw new Error('a check of a family that its destination does not have')
  return {
    credentials,
    origin,
    protocol,
    family,
    destination,
    ...(source && { source }),
    ...(bindToDevice && { bindToDevice }),
    ...(mark !== undefined && { mark }),
    ...(tos !== undefined && { tos }),
    ...(transparent && { transparent }),
    ...(conversation && { conversation }),
    ...(raw !== undefined && { raw }),
  }
}
