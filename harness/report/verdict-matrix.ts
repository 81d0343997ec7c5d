import type { CheckResult } from '../run/check.ts'
import type { BoundedText } from './bounded-text.ts'
import { code } from './markdown.ts'
import { fileName } from './scenario-name.ts'

/**
 * Writes a table of scenario files against backends and families, with how many checks ended how; one for each environment.
 * Where something went wrong, files in which all is well share one row.
 */
export function writeMatrix(text: BoundedText, results: readonly CheckResult[], keep: number): void {
  const environments = Map.groupBy(results, ({ environment }) => environment)
  for (const [environment, its] of environments) {
    if (environments.size > 1 && !text.add(`#### ${code(environment)}\n\n`, keep)) continue
    writeTable(text, its, keep)
  }
}

function writeTable(text: BoundedText, results: readonly CheckResult[], keep: number): void {
  const columns = [...new Set(results.map(columnOf))].sort()
  const files = [...Map.groupBy(results, ({ check }) => fileName(check.scenario))].sort(([a], [b]) => (a < b ? -1 : 1))
  const rows = withFineFilesFolded(files)
  const head = `| Scenarios | ${columns.join(' | ')} |\n|---|${columns.map(() => '---').join('|')}|\n`
  if (!text.add(head, keep)) return
  const leftOut = text.addEach(
    rows.map(([name, its]) => {
      const cells = columns.map((column) => cell(its.filter((result) => columnOf(result) === column)))
      return `| ${code(name)} | ${cells.join(' | ')} |\n`
    }),
    keep,
  )
  text.add(leftOut === 0 ? '\n' : `\n${leftOut} more files have no room in this summary.\n\n`)
}

function withFineFilesFolded(files: [string, CheckResult[]][]): [string, CheckResult[]][] {
  const [bad, fine] = [files.filter(([, its]) => its.some(isBad)), files.filter(([, its]) => !its.some(isBad))]
  if (bad.length === 0 || fine.length < 2) return files
  return [...bad, [`${fine.length} more files`, fine.flatMap(([, its]) => its)]]
}

function isBad({ status }: CheckResult): boolean {
  return status === 'failed' || status === 'error'
}

function columnOf({ check }: CheckResult): string {
  return `${check.backend} ${check.family}`
}

/** A sign and a word: the sign is for the eye, the word for everyone. */
function cell(results: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length
  const [passed, failed, errors, skipped] = [count('passed'), count('failed'), count('error'), count('skipped')]
  const parts = [
    ...(failed === 0 ? [] : [`❌ ${failed} failed`]),
    ...(errors === 0 ? [] : [`⚠️ ${errors} error${errors === 1 ? '' : 's'}`]),
    ...(passed === 0 ? [] : [`✅ ${passed} passed`]),
    ...(skipped === 0 ? [] : [`⏭️ ${skipped} skipped`]),
  ]
  return parts.join('<br>') || '–'
}
