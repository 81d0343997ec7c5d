import { formatIssue, type HarnessError } from '../../core/errors.ts'
import { toCaller } from './caller.ts'

/** Nobody reads more, and a file may hold a million mistakes. */
const mostLines = 50

/** One line a problem, the places as the caller would write them. */
export function linesOf(error: HarnessError): string[] {
  // Of a damaged text each place is a line.
  if (error.issues.length === 0)
    return error.fault === 'input' ? error.line.split('\n').slice(0, mostLines) : [describe(error)]
  const lines = error.issues
    .slice(0, mostLines)
    .map((issue) => formatIssue(issue, toCaller(issue.file)).replaceAll('\n', ' '))
  const more = error.issues.length - lines.length
  return more === 0 ? lines : [...lines, `and ${more} more`]
}

/** An own fault is shown with its stack, for whoever fixes it. */
export function describe(error: HarnessError): string {
  if (error.fault !== 'sidetrack') return error.line.replaceAll('\n', ' ')
  const { stack } = error.cause instanceof Error ? error.cause : error
  return `a fault of Sidetrack's own: ${error.line}\n${stack}`
}
