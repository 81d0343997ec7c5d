/**
 * What GitHub's code scanning shows of a run: the 5,000 gravest results, and of each the first 100 locations. It refuses
 * a file with more than 25,000 results, 1,000 locations of one, or 10 MB compressed ("SARIF support for code scanning"
 * in its documentation). With texts of this many characters a file stays far below that.
 */
export const sarifBounds = { results: 5000, locations: 100, characters: 4000 } as const

/** As many results as are shown, and what a reader is told of the others. @param list the gravest first. */
export function boundResults<T>(list: readonly T[]): { shown: readonly T[]; invocations?: readonly object[] } {
  const left = list.length - sarifBounds.results
  if (left <= 0) return { shown: list }
  const text = `${left} of ${list.length} results are left out: code scanning shows ${sarifBounds.results} of a run. Other reporters have all of them.`
  return {
    shown: list.slice(0, sarifBounds.results),
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: [{ level: 'warning', message: { text } }] }],
  }
}

/** A text that says so where it is not whole. */
export function boundText(text: string): string {
  const left = text.length - sarifBounds.characters
  return left > 0 ? `${text.slice(0, sarifBounds.characters)}… (${left} more characters)` : text
}
