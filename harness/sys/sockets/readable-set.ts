import { checked, close, epollControl, epollCreate, epollWait } from '../libc/libc.ts'

const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL = { add: 1, remove: 2 } as const
const EPOLLIN = 1
/** struct epoll_event, which x86 packs: the events come first, and then what belongs to them (linux/eventpoll.h). */
const [dataOffset, eventSize] = process.arch === 'x64' ? [4, 12] : [8, 16]
/** How many are told of at once. */
const most = 256

/** What they are told of is read at once. */
const events = Buffer.alloc(most * eventSize)

/**
 * Descriptors of which one may be readable: of a listener that is that somebody waits to be accepted. Ten thousand take
 * no longer to ask than one does (epoll(7)).
 */
export class ReadableSet {
  #epoll: number | undefined

  /** The descriptor that is readable if one of them is. @throws SystemCallError */
  get fd(): number {
    this.#epoll ??= checked(epollCreate(EPOLL_CLOEXEC), 'epoll_create1')
    return this.#epoll
  }

  /** @param fd is forgotten when it is closed. */
  add(fd: number): void {
    checked(epollControl(this.fd, EPOLL_CTL.add, fd, eventOf(fd)), 'epoll_ctl')
  }

  /** @param fd one that is in it, and open. */
  remove(fd: number): void {
    checked(epollControl(this.fd, EPOLL_CTL.remove, fd, eventOf(fd)), 'epoll_ctl')
  }

  /** Those of them that are readable now, or as many as are told of at once. */
  ready(): number[] {
    if (this.#epoll === undefined) return []
    const count = checked(epollWait(this.#epoll, events, most, 0), 'epoll_wait')
    return Array.from({ length: count }, (_, index) => events.readInt32LE(index * eventSize + dataOffset))
  }

  close(): void {
    if (this.#epoll !== undefined) close(this.#epoll)
    this.#epoll = undefined
  }
}

function eventOf(fd: number): Buffer {
  const event = Buffer.alloc(eventSize)
  event.writeUInt32LE(EPOLLIN, 0)
  event.writeInt32LE(fd, dataOffset)
  return event
}
