import { patiently } from '../patience.ts'
import type { Sentinels } from '../sentinel.ts'
import type { Loss } from './loss.ts'
import type { Batch } from './batch.ts'

/** A process that reports what happens in a pod. */
export interface Observer {
  /** Resolves once it has reported everything that it can find out now. */
  sync(pod: string): Promise<void>
  /** @throws HarnessError if it has died. */
  requireAlive(): Promise<void>
}

/** All observers of a pod. */
interface Observers {
  observers: readonly Observer[]
  /** Whether one of them is not a process of ours, such as a real Envoy: it relays bytes without reporting them. */
  isOneForeign: boolean
}

/**
 * Waits until every flow of a batch is over, or has proved to be stuck. Nothing here depends on time: every observer is
 * asked to read all its sockets and say what it found, again and again, as long as that brings something new; that
 * bytes have moved between two ends that talk is new too. When a whole round brings nothing, sentinels go through every
 * queue in which a packet could still wait; if the round after that brings nothing either, whatever is still unanswered
 * has been dropped, and whatever two ends have still to say to each other has been lost: every process has had its
 * turn, and has accepted and read what there was.
 * @returns whether sentinels have been sent and have come through.
 * @throws HarnessError if an observer is lost, if there is no end to what they tell (`sidetrack`), or if one that is no
 * process of ours keeps two ends waiting (`machine`).
 */
export async function settle(
  batch: Batch,
  pod: string,
  { observers, isOneForeign }: Observers,
  sentinels: Pick<Sentinels, 'send'>,
  loss: Loss,
): Promise<boolean> {
  let sentinelAt: number | undefined
  for (;;) {
    const open = [...batch.flows].filter((flow) => !batch.isOver(flow))
    if (open.length === 0) return sentinelAt !== undefined
    const before = batch.revision
    await loss.orEnd(Promise.all(observers.map((observer) => observer.sync(pod))))
    batch.requireEnd()
    if (batch.revision !== before) continue
    if (sentinelAt !== before) {
      sentinels.send()
      sentinelAt = batch.revision
      continue
    }
    const talking = open.filter((flow) => batch.isTalking(flow))
    if (!isOneForeign || talking.length === 0) return true
    await patiently(loss.orEnd(batch.changed), 'Envoy has not passed on what two ends say').catch((error: unknown) => {
      loss.check()
      // Unacknowledged data is lost: the kernel acknowledges what has arrived, however slow the receiver is
      // (tcp_delack_max, 200 ms).
      if (talking.some((flow) => batch.isSilent(flow))) throw error
    })
    if (batch.revision === before) return true
  }
}
