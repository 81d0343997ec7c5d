import { inNamespace } from '../../sys/network-namespace.ts'
import { Netlink, netlinkFamily } from '../../sys/netlink.ts'
import { isLinkUp, linkGroup } from '../../sys/rtnetlink.ts'
import type { Namespace } from './namespace.ts'

/**
 * Waits for links of one namespace to carry packets. It must be there before they are made: the kernel says so once, and
 * until it has, a link that was brought up before its other end drops what is sent.
 */
export class LinkMonitor {
  readonly #netlink: Netlink
  readonly #expected = new Set<number>()

  constructor({ fd }: Namespace) {
    this.#netlink = inNamespace(fd, () => new Netlink(netlinkFamily.route, linkGroup))
  }

  expect(index: number): void {
    this.#expected.add(index)
  }

  /** Returns once every expected link is up. Blocks, but for a few milliseconds at most. @throws SystemCallError after seconds without. */
  await(): void {
    while (this.#expected.size > 0) {
      const what = `link ${[...this.#expected].join(', ')} up`
      this.#netlink.hear(what, (body) => [...this.#expected].some((index) => isLinkUp(body, index) && this.#expected.delete(index)))
    }
  }

  close(): void {
    this.#netlink.close()
  }
}
