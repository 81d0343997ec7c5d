import type { CheckResult } from '../../run/checks/check.ts'
import { journeyRows } from '../describing/journey.ts'
import type { Paint } from '../writing/paint.ts'
import { printable } from '../writing/printable.ts'

/** The expected journey beside the observed one, the step where they part marked. */
export function journeyLines(result: CheckResult, paint: Paint): string[] {
  const rows = journeyRows(result)
  const head = { expected: 'expected journey', observed: 'observed journey', isDifference: false }
  const width = Math.max(...[head, ...rows].map(({ expected }) => expected.length))
  return [head, ...rows].map((row, index) => {
    const number = index === 0 ? ' ' : `${index}`
    const text = `${row.isDifference ? '>' : ' '} ${number} ${row.expected.padEnd(width)}   ${index === 0 ? ' ' : number} ${printable(row.observed)}`
    if (index === 0) return `  ${paint('dim', text)}`
    return `  ${row.isDifference ? paint('red', text) : text}`
  })
}
