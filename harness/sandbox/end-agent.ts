import { formatDuration, within } from '../core/deadline.ts'
import { HarnessError } from '../core/errors.ts'

/**
 * An agent that ends with its input is gone in some hundredths of a second; to kill one that takes longer does no harm.
 */
export const endMilliseconds = 5_000
/**
 * How many times longer it may take until one that has been killed is gone: a container engine has things to tidy up.
 */
const killedTimes = 15

/**
 * How long is waited for an answer of the agent, by the agent for an answer of what it has started, and for the agent's
 * end.
 */
export interface Deadlines {
  answer?: number
  patience?: number
  end?: number
}

/** An agent that is to end, wherever it runs. */
export interface EndingAgent {
  /** Resolves once everything that belongs to it is gone. */
  ended: Promise<unknown>
  askToEnd(): void
  kill(): void | Promise<void>
  /** Whether it has left a request unanswered, so that asking is pointless. */
  isHanging(): boolean
  /** How long it may take to end after the request. */
  milliseconds: number
}

/**
 * Ends an agent: by request, and by force if that does not help.
 * @throws HarnessError (`machine`) if it does not end even then.
 */
export async function endAgent({ ended, askToEnd, kill, isHanging, milliseconds }: EndingAgent): Promise<void> {
  const hanging = isHanging()
  askToEnd()
  const isOver =
    !hanging &&
    (await within(
      milliseconds,
      ended.then(() => true),
      () => new Error(),
    ).catch(() => false))
  if (isOver) return
  const killed = milliseconds * killedTimes
  const why = new HarnessError(
    'machine',
    `the sandbox has been told to end, then killed, and is still there after ${formatDuration(killed)}`,
  )
  await kill()
  await within(killed, ended, () => why)
}
