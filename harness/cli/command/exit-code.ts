import { exitCodes, type Fault, type HarnessError } from '../../core/errors.ts'
import type { RunListener } from '../../run/schedule/events.ts'

/**
 * Listens to a run for its exit code: several reasons count as 4 before 1 before 3, and an interrupted run is 130. One
 * that has not come to its end says nothing about behaviour, neither 0 nor 1; nor does a whole run without anything to
 * check.
 */
export function exitCodeListener(): { listen: RunListener; fault(error: HarnessError): void; code(): number } {
  const codes = new Set<number>()
  let interrupted = false
  let isAtEnd = false
  let [isPart, results, unspoken] = [false, 0, 0]
  const fault = (fault: Fault) => codes.add(exitCodes[fault])
  return {
    listen: (event) => {
      if (event.type === 'start') isPart = event.shard !== undefined
      if (event.type === 'result') results += 1
      if (event.type === 'result' && event.result.status === 'skipped' && event.result.fault === 'input') unspoken += 1
      if (event.type === 'result' && event.result.status === 'failed') codes.add(exitCodes.failed)
      if (event.type === 'result' && event.result.status === 'error') fault(event.result.fault ?? 'sidetrack')
      if (event.type === 'end') isAtEnd = true
      if (event.type === 'end') interrupted = event.interrupted
      if (event.type === 'end' && event.error !== undefined) fault(event.error.fault)
    },
    fault: (error) => fault(error.fault),
    code: () => {
      if (interrupted) return exitCodes.interrupted
      if (results > 0 && unspoken === results && !isPart) codes.add(exitCodes.input)
      if (!isAtEnd)
        return (
          [exitCodes.sidetrack, exitCodes.machine, exitCodes.input].find((code) => codes.has(code)) ??
          exitCodes.sidetrack
        )
      return (
        [exitCodes.sidetrack, exitCodes.failed, exitCodes.machine, exitCodes.input].find((code) => codes.has(code)) ??
        exitCodes.ok
      )
    },
  }
}
