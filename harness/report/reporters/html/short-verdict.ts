import type { Check, CheckResult } from '../../../run/checks/check.ts'

/** A check's verdict in one word: the listener that a flow was redirected to, or else the verdict. */
export function shortVerdict({ status, observed }: CheckResult): string {
  if (status === 'error') return 'error'
  return (observed?.verdict === 'redirected' ? observed.listener : observed?.verdict) ?? status
}

/** What the cell of a failed check says beside the verdict: what was expected, or that it went astray later. */
export function shortReason(result: CheckResult): string | undefined {
  if (result.status !== 'failed') return undefined
  const wanted = shortExpected(result.check.expected)
  if (wanted !== shortVerdict(result)) return `not ${wanted}`
  return (result.parting?.at ?? 0) > 0 ? 'then astray' : 'by another'
}

function shortExpected(expected: Check['expected']): string {
  if ('applies' in expected) return expected.applies
  return expected.verdict === 'redirected' ? expected.listener : expected.verdict
}
