import { availableParallelism, loadavg } from 'node:os'
import { HarnessError } from '../core/errors.ts'
import { plural } from '../core/plural.ts'

/** So many processes a processor want to run that a turn may be long in coming. */
const mostWaiting = 8

/**
 * Where very many processes wait for a processor, nobody can tell one that hangs from one that has had no turn.
 * @param load how many processes want to run (`/proc/loadavg`, the last minute).
 * @returns a fault of the machine's; undefined where it is not that busy.
 */
export function tooBusy(
  message: string,
  load = loadavg()[0] ?? 0,
  processors = availableParallelism(),
): HarnessError | undefined {
  if (load <= mostWaiting * processors) return undefined
  const many = plural(processors, 'processor')
  return new HarnessError('machine', `${message}, on a machine with a load of ${Math.round(load)} for ${many}`, {
    hint: 'run it again when it is less busy',
  })
}
