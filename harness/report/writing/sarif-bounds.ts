import { createHash } from 'node:crypto'

/**
 * What GitHub's code scanning shows of a run: the 5,000 gravest results, and of each the first 100 locations. It refuses
 * a file with more than 25,000 results or rules, 1,000 locations of one result, 20 tags of a rule, or 10 MB compressed by
 * gzip ("Validating your SARIF file" in https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
 * and "SARIF results exceed one or more limits" beside it). With texts of this many characters a file stays far below
 * that. A rule's descriptions may have 1,024 characters there, and must not be missing, as its help must not.
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

/**
 * What tells a result from all others, whatever else changes. Code scanning looks at `primaryLocationLineHash` alone
 * ("result object" on the same page); where there is none, it takes the line's text, which many results may have in
 * common.
 * @param name of what makes the fingerprint, and its version. @param text which is a result's own.
 */
export const fingerprintsOf = (name: string, text: string): Record<string, string> => ({
  primaryLocationLineHash: createHash('sha256').update(text).digest('hex').slice(0, 16),
  [name]: text,
})
