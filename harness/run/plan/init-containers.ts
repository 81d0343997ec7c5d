import { families } from '../../core/address.ts'
import type { EvidenceResult, RulesPlan } from '../../agent/protocol.ts'
import { toolOf } from '../../flow/backend.ts'
import type { InitContainer } from '../../flow/init-container.ts'
import type { Applied, RuleText } from '../../flow/ruleset.ts'
import { loadRules } from '../../iptables/ruleset/load.ts'
import { printTree } from '../../iptables/syntax/print.ts'
import { readRules } from '../../iptables/texts/read.ts'
import { findBuilder } from '../../mesh/index.ts'
import type { PodJob } from '../checks/pod-job.ts'
import type { Planned } from '../checks/planned.ts'
import type { PodAddresses } from './pod-addresses.ts'
import { requestOf } from './request.ts'

type Scenarios = Pick<Planned, 'scenario' | 'profile' | 'source'>

/**
 * The init containers that apply a pod's rules as the mesh does, of the release whose rules they are: one for each
 * text, or, where they make the rules themselves, for each time that those are applied.
 */
export function planInitContainers(
  job: Scenarios,
  addresses: PodAddresses,
  texts: readonly RuleText[],
): InitContainer[] {
  const containers = texts.flatMap((text) => initContainerOf(job, addresses, text) ?? [])
  return containers.some(({ makesRules }) => makesRules) ? containers.slice(0, job.scenario.applyTimes) : containers
}

function initContainerOf(
  { scenario, profile, source }: Scenarios,
  addresses: PodAddresses,
  text: RuleText,
): InitContainer | undefined {
  const { release } = source.profile?.() ?? profile
  return findBuilder(scenario.mesh).initContainer(release, text, requestOf(scenario, addresses))
}

const noRules: RuleText = { form: 'restore', family: 'ipv4', payload: '' }

/**
 * Whether a mesh's init container makes of a pod what a scenario is about. One that makes its rules itself makes those
 * of the pod's addresses as they are, and nobody else's.
 */
export function isOfInitContainer(
  job: Pick<PodJob, 'scenario' | 'profile' | 'source'>,
  addresses: PodAddresses,
): boolean {
  const container = initContainerOf(job, addresses, noRules)
  if (container === undefined || !container.makesRules) return container !== undefined
  const { rules, beside, cleanUp, withoutRouting, podIPs } = job.scenario
  const isOwn = rules.kind === 'config' && job.source.profile !== undefined
  return isOwn && beside === undefined && cleanUp === undefined && !withoutRouting && podIPs.length === families.length
}

/** The rules of a pod as an init container has made them. @param saved what `iptables-save -c` prints of the pod. */
export function madeRules(saved: EvidenceResult['rules']): RuleText[] {
  return families.flatMap((family) => readRules(saved[family], { family, podIPs: [], payloadFamily: family }) ?? [])
}

/**
 * Finds the command at which an init container's chain of commands stopped. The shell does not say, but the pod holds
 * what the commands before it make.
 * @param count how many init containers have run; the last one failed.
 * @param saved what `iptables-save -c` prints of the pod.
 * @returns undefined where it was no chain, or nothing in it makes what the pod holds.
 */
export function findRejected(
  { rules }: RulesPlan,
  count: number,
  saved: EvidenceResult['rules'],
): Pick<Applied & { ok: false }, 'line' | 'text'> | undefined {
  const before = rules.slice(0, count - 1)
  const last = rules[count - 1]
  if (last?.form !== 'commands') return undefined
  const held = byTable(
    saved[last.family]
      .replace(/^#.*\n/gm, '')
      .replace(/^\[\d+:\d+\] /gm, '')
      .replace(/\[\d+:\d+\]$/gm, '[0:0]'),
  )
  const stoppedAt = last.commands.find((_, index) => {
    const { tree, failed } = loadRules([...before, { ...last, commands: last.commands.slice(0, index) }], last.family)
    return failed === undefined && byTable(printTree(tree)) === held
  })
  return stoppedAt && { line: stoppedAt.line, text: [toolOf(last.family), ...stoppedAt.argv].join(' ') }
}

/** Tables stand in no particular order in what iptables-save prints; one that holds nothing may be left out. */
function byTable(text: string): string {
  const holdsSomething = (table: string): boolean => /^(-A|:\S+ (-|DROP))/m.test(table)
  return text
    .split(/(?<=^COMMIT\n)/m)
    .filter(holdsSomething)
    .sort()
    .join('')
}
