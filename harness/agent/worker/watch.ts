import { writeSync } from 'node:fs'
import { checked, epollWaitAside, eventfd } from '../../sys/libc/libc.ts'
import { ReadableSet } from '../../sys/sockets/readable-set.ts'

const EFD_CLOEXEC = 0o2000000
/** struct epoll_event (linux/eventpoll.h). */
const eventSize = 16

/**
 * Looks at pods as soon as somebody calls there: an Envoy, or a shell's program, whom nobody announces. Where our own
 * probes are all that calls, whoever sends them says when to look.
 */
export class Watch {
  readonly #pods = new ReadableSet()
  readonly #look: () => void
  /** The thread that waits writes into it, which keeps nothing from being collected. */
  readonly #event = Buffer.alloc(eventSize)
  #isWatching = false

  /** @param look is called when one of the descriptors has become readable, as long as one is. */
  constructor(look: () => void) {
    this.#look = look
  }

  /** @param descriptors are forgotten when they are closed. */
  add(descriptors: readonly number[]): void {
    for (const fd of descriptors) this.#pods.add(fd)
    if (!this.#isWatching) this.#begin()
  }

  #begin(): void {
    this.#isWatching = true
    // The thread that waits would keep the process from ending.
    const wake = checked(eventfd(0, EFD_CLOEXEC), 'eventfd')
    this.#pods.add(wake)
    process.once('exit', () => writeSync(wake, new BigUint64Array([1n])))
    this.#wait()
  }

  #wait(): void {
    epollWaitAside(this.#pods.fd, this.#event, () => {
      this.#look()
      this.#wait()
    })
  }
}
