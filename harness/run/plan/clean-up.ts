import { HarnessError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { PodJob } from '../checks/pod-job.ts'
import { whyRefused } from '../predict/loaded-as.ts'

/**
 * A mesh's clean-up names the chains and rules of its own builder. Another one is free to write its rules otherwise, and
 * brings a clean-up of its own then: what this one leaves behind is nobody's promise.
 * @param loaded what stands before it. @param after what is loaded then, the clean-up as the last of it.
 * @throws HarnessError (`rules`, skips) if the clean-up finds no such rules.
 */
export function requireCleanUp(
  { scenario, source }: Pick<PodJob, 'scenario' | 'source'>,
  loaded: readonly RuleText[],
  after: readonly RuleText[],
): void {
  if (scenario.cleanUp === undefined || source.profile !== undefined || whyRefused(loaded) !== undefined) return
  const why = whyRefused([...loaded, ...after])
  if (why !== undefined)
    throw new HarnessError(
      'rules',
      `${source.id} names its rules otherwise than the clean-up of the mesh's own builder: ${why}`,
      {
        skips: true,
      },
    )
}
