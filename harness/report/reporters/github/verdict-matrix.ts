import { plural } from '../../../core/plural.ts'
import { type CheckResult, isBad } from '../../../run/checks/check.ts'
import type { BoundedText } from '../../writing/bounded-text.ts'
import { code } from '../../writing/markdown.ts'
import { fileName } from '../../describing/scenario-name.ts'

/**
 * Writes a table of scenario files against backends and families, with how many checks ended how; one for each
 * environment. Where something went wrong, all but the files with most of it share one row.
 */
export function writeMatrix(text: BoundedText, results: readonly CheckResult[], keep: number): void {
  const environments = Map.groupBy(results, ({ environment }) => environment)
  for (const [environment, its] of environments) {
    if (environments.size > 1 && !text.add(`#### ${code(environment)}\n\n`, keep)) continue
    writeTable(text, its, keep)
  }
}

/** Rows that leave room for causes on the same screen. */
const mostBadFiles = 6

function writeTable(text: BoundedText, results: readonly CheckResult[], keep: number): void {
  const columns = [...new Set(results.map(columnOf))].sort()
  const files = [...Map.groupBy(results, ({ check }) => fileName(check.scenario))].sort(([a], [b]) => (a < b ? -1 : 1))
  const rows = withOthersFolded(files)
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

/** Where something went wrong, the files with most of it have rows of their own. */
function withOthersFolded(files: [string, CheckResult[]][]): [string, CheckResult[]][] {
  const bad = files
    .filter(([, its]) => its.some(isBad))
    .sort(([, a], [, b]) => b.filter(isBad).length - a.filter(isBad).length)
  const shown = bad.slice(0, mostBadFiles)
  const others = files.filter((file) => !shown.includes(file))
  if (bad.length === 0 || others.length < 2) return files
  return [...shown, [`${others.length} more files`, others.flatMap(([, its]) => its)]]
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
    ...(errors === 0 ? [] : [`⚠️ ${plural(errors, 'error')}`]),
    ...(passed === 0 ? [] : [`✅ ${passed} passed`]),
    ...(skipped === 0 ? [] : [`⏭️ ${skipped} skipped`]),
  ]
  return parts.join('<br>') || '–'
}
