import type { EvidenceResult, RulesPlan } from '../agent/protocol.ts'
import { toolOf } from '../flow/backend.ts'
import type { InitContainer } from '../flow/init-container.ts'
import type { Applied, RuleText } from '../flow/ruleset.ts'
import { loadRules } from '../iptables/load.ts'
import { printTree } from '../iptables/print.ts'
import { findBuilder } from '../mesh/index.ts'
import type { Planned } from './planned.ts'
import type { PodAddresses } from './pod-addresses.ts'
import { requestOf } from './request.ts'

/** The init containers that apply a pod's rules as the mesh does, one for each text: of the release whose rules they are. */
export function planInitContainers(
  { scenario, profile, source }: Pick<Planned, 'scenario' | 'profile' | 'source'>,
  addresses: PodAddresses,
  texts: readonly RuleText[],
): InitContainer[] {
  const { release } = source.profile?.() ?? profile
  const request = requestOf(scenario, addresses)
  return texts.map((text) => findBuilder(scenario.mesh).initContainer(release, text, request))
}

/**
 * Finds the command at which an init container's chain of commands stopped. The shell does not say, but the pod holds what the commands
 * before it make.
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
