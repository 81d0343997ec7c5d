import { sendSentinels, type Way } from '../sentinel.ts'
import type { Step } from './step.ts'

/** Whoever tells what happens in a pod. */
export interface Teller {
  /** Resolves once everything that it can find out now has been told. */
  sync(pod: string): Promise<void>
}

/**
 * Waits until every flow of a step is over, or has proved to be stuck. Nothing here depends on time: every teller is asked
 * to read all its sockets and say what it found, again and again, as long as that brings something new. When a whole round
 * brings nothing, sentinels go through every queue in which a packet could still wait; if the round after that brings
 * nothing either, whatever is still unanswered has been dropped.
 * @returns whether sentinels have been sent and have come through.
 */
export async function settle(step: Step, pod: string, tellers: readonly Teller[], ways: readonly Way[]): Promise<boolean> {
  let sentinelAt: number | undefined
  for (;;) {
    const open = [...step.flows].filter((flow) => !step.isOver(flow))
    if (open.length === 0) return sentinelAt !== undefined
    const talking = open.filter((flow) => step.isTalking(flow)).length
    const before = step.revision
    if (talking < open.length) await Promise.all(tellers.map((teller) => teller.sync(pod)))
    if (step.revision !== before) continue
    if (talking === open.length || (talking > 0 && sentinelAt === before)) {
      await step.changed
      continue
    }
    if (sentinelAt === before) return true
    sendSentinels(ways)
    sentinelAt = step.revision
  }
}
