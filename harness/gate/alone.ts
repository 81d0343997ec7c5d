import pLimit from 'p-limit'
import { Coverage } from './classes/coverage.ts'
import { askSide } from './compared/ask.ts'
import type { GateOptions } from './driving/options.ts'
import { aloneChange } from './driving/rules-changes.ts'
import type { GateResult } from './gate.ts'

/**
 * What there is to say of a builder before which there was none: for which configs it makes no rules.
 * @throws HarnessError where that is not its own fault.
 */
export async function gateAlone({
  mesh,
  sides: { candidate },
  configs,
  jobs,
  signal,
}: Pick<GateOptions, 'mesh' | 'sides' | 'configs' | 'jobs' | 'signal'>): Promise<GateResult> {
  const limit = pLimit(Math.max(jobs, 4))
  const changes = await Promise.all(
    configs.map((config) => limit(async () => aloneChange(mesh, config, await askSide(candidate, config, signal)))),
  )
  const coverage = new Coverage(configs.length)
  coverage.alone = changes.filter(({ length }) => length === 0).length
  return { changes: changes.flat(), errors: [], coverage }
}
