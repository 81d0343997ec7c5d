import { checked, close, epollControl, epollCreate, epollWait } from './libc.ts'

const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL_ADD = 1
const EPOLLIN = 1
/** struct epoll_event, which x86 packs into 12 bytes; the events come first (linux/eventpoll.h). */
const eventSize = 16

/**
 * Descriptors of which one may be readable: of a listener that is that somebody waits to be accepted. Ten thousand take
 * no longer to ask than one does (epoll(7)).
 */
export class ReadableSet {
  #epoll: number | undefined

  /** @param fd is forgotten when it is closed. */
  add(fd: number): void {
    this.#epoll ??= checked(epollCreate(EPOLL_CLOEXEC), 'epoll_create1')
    const event = Buffer.alloc(eventSize)
    event.writeUInt32LE(EPOLLIN, 0)
    checked(epollControl(this.#epoll, EPOLL_CTL_ADD, fd, event), 'epoll_ctl')
  }

  /** Whether one of them is readable now. */
  get hasReadable(): boolean {
    return this.#epoll !== undefined && checked(epollWait(this.#epoll, Buffer.alloc(eventSize), 1, 0), 'epoll_wait') > 0
  }

  close(): void {
    if (this.#epoll !== undefined) close(this.#epoll)
    this.#epoll = undefined
  }
}
