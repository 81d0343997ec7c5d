import { within } from '../../core/deadline.ts'
import { HarnessError } from '../../core/errors.ts'
import { sendSentinels, type Way } from '../sentinel.ts'
import type { Loss } from './loss.ts'
import type { Step } from './step.ts'

/** Whoever tells what happens in a pod. */
export interface Teller {
  /** Resolves once everything that it can find out now has been told. */
  sync(pod: string): Promise<void>
  /** @throws HarnessError if it has died. */
  requireAlive(): Promise<void>
}

/** Two ends that talk lose patience with each other long before (worker/conversation.ts). */
const talkMilliseconds = 10_000

/**
 * Waits until every flow of a step is over, or has proved to be stuck. Nothing here depends on time: every teller is asked
 * to read all its sockets and say what it found, again and again, as long as that brings something new. When a whole round
 * brings nothing, sentinels go through every queue in which a packet could still wait; if the round after that brings
 * nothing either, whatever is still unanswered has been dropped.
 * @returns whether sentinels have been sent and have come through.
 * @throws HarnessError if a teller is lost.
 */
export async function settle(step: Step, pod: string, tellers: readonly Teller[], ways: readonly Way[], loss: Loss): Promise<boolean> {
  const syncAll = () => loss.orEnd(Promise.all(tellers.map((teller) => teller.sync(pod))))
  let sentinelAt: number | undefined
  for (;;) {
    const open = [...step.flows].filter((flow) => !step.isOver(flow))
    if (open.length === 0) return sentinelAt !== undefined
    const talking = open.filter((flow) => step.isTalking(flow)).length
    const before = step.revision
    if (talking < open.length) await syncAll()
    if (step.revision !== before) continue
    if (talking === open.length || (talking > 0 && sentinelAt === before)) {
      await talk(step, loss, syncAll)
      continue
    }
    if (sentinelAt === before) return true
    sendSentinels(ways)
    sentinelAt = step.revision
  }
}

/** Waits until somebody who talks says something new of it; one who cannot is found out by asking. */
async function talk(step: Step, loss: Loss, syncAll: () => Promise<unknown>): Promise<void> {
  const before = step.revision
  const silent = Symbol('silent')
  const isSilent = await within(talkMilliseconds, loss.orEnd(step.changed), () => silent as unknown as Error).catch((error: unknown) => {
    if (error !== silent) throw error
    return silent
  })
  if (isSilent !== silent) return
  await syncAll()
  if (step.revision === before) throw new HarnessError('sidetrack', `two ends that talk have said nothing for ${talkMilliseconds / 1000} s`)
}
