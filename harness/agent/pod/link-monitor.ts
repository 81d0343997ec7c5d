import { canonicalAddress } from '../../core/address.ts'
import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { Netlink, netlinkFamily } from '../../sys/sockets/netlink.ts'
import { ipv6RouteGroup, isLinkUp, linkGroup, ownAddressIn } from '../../sys/sockets/rtnetlink.ts'
import type { Namespace } from './namespace.ts'

/**
 * Waits for links of one namespace to carry packets, and for their addresses to be the namespace's own. It must be
 * there before they are made: the kernel says so once, and until it has, what is sent or comes in is dropped.
 */
export class LinkMonitor {
  readonly #netlink: Netlink
  readonly #links = new Set<number>()
  readonly #addresses = new Set<string>()
  #isOpen = true

  constructor({ fd }: Namespace) {
    this.#netlink = inNamespace(fd, () => new Netlink(netlinkFamily.route, linkGroup | ipv6RouteGroup))
  }

  /** @param address an IPv6 one; IPv4 addresses are there at once. */
  expect(index: number, address?: string): void {
    this.#links.add(index)
    if (address !== undefined) this.#addresses.add(canonicalAddress(address))
  }

  /**
   * Returns once all that is expected is there, and hears no more. Blocks, mostly for a few milliseconds.
   * @throws HarnessError (`machine`) after a minute without.
   */
  await(): void {
    while (this.#links.size + this.#addresses.size > 0) {
      const what = `link or address ${[...this.#links, ...this.#addresses].join(', ')} up`
      this.#netlink.hear(what, (body) => this.#isExpected(body))
    }
    this.close()
  }

  #isExpected(body: Buffer): boolean {
    const address = ownAddressIn(body)
    if (address !== undefined) return this.#addresses.delete(address)
    return [...this.#links].some((index) => isLinkUp(body, index) && this.#links.delete(index))
  }

  close(): void {
    if (this.#isOpen) this.#netlink.close()
    this.#isOpen = false
  }
}
