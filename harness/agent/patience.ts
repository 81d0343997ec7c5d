import { HarnessError } from '../core/errors.ts'
import { formatDuration, within } from '../core/deadline.ts'

/**
 * How long the agent waits for whatever it has started: for one answer of an identity's process, for the end of one
 * iptables, for Envoy. All of them take milliseconds, but with twenty processes ready for each processor a few took
 * more than 20 seconds. It is shorter than the runner waits for a word of the agent (`answerMilliseconds` in
 * sandbox/channel.ts), so the runner learns what was waited for. The runner can set another limit when it greets the
 * agent, as tests do.
 */
export const patience = { milliseconds: 60_000 }

/**
 * Settles as a promise does.
 * @param what is late, in words that `has not …` continues.
 * @throws HarnessError (`machine`) once patience is at its end.
 */
export function patiently<T>(promise: Promise<T>, what: string): Promise<T> {
  const { milliseconds } = patience
  const late = () => new HarnessError('machine', `${what} for ${formatDuration(milliseconds)}`)
  return within(milliseconds, promise, late)
}
