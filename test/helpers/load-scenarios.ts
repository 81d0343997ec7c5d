import { inputIssues } from '../../harness/core/errors.ts'
import { loadFiles, scenarioFiles } from '../../harness/scenario/load.ts'
import type { Scenario } from '../../harness/scenario/scenario.ts'

/**
 * Loads every scenario of a file or folder, in this process.
 * @throws HarnessError (`input`) with all that is wrong with any of them.
 */
export async function loadScenarios(path: string): Promise<Scenario[]> {
  const { files, issues } = await loadFiles(await scenarioFiles(path))
  if (issues.length > 0) throw inputIssues(issues)
  return files.flatMap(({ scenarios }) => scenarios)
}
