import { families, isInPrefix, withoutPrefix } from '../../core/address.ts'
import { hasOthersBehind } from '../../flow/bridge-names.ts'
import type { CapturedInterface, CapturedPod, CapturedRoute } from '../../flow/captured-pod.ts'

/** An interface of a captured machine, with the networks that its routes lead to by it. */
export interface ShownInterface extends CapturedInterface {
  networks: readonly string[]
  /** It leads to everybody else, or others stand behind it that the machine forwards to. */
  isInside: boolean
}

/** Every interface has a route there of its own (RFC 4291, 2.5.6). */
const linkLocal = 'fe80::/10'

const isMain = ({ table }: CapturedRoute): boolean => table === undefined || table === 254

/**
 * The interfaces that a capture shows, by their addresses or by routes: a route of the kernel's own tells the address
 * (`10.1.2.0/24 dev eth0 proto kernel scope link src 10.1.2.3`).
 */
export function shownInterfaces({ interfaces, routes = [], sysctls }: CapturedPod): ShownInterface[] {
  const main = routes.filter(isMain)
  const names = new Set([
    ...(interfaces ?? []).map(({ name }) => name),
    ...main.flatMap(({ dev }) => (dev === undefined || dev === 'lo' ? [] : [dev])),
  ])
  const isForwarding = Object.values(forwardingSysctls).some((name) => sysctls.get(name) === '1')
  return [...names].flatMap((name): ShownInterface[] => {
    const own = main.filter(({ dev }) => dev === name)
    const shown = interfaces?.find((each) => each.name === name)?.addresses
    const addresses = shown ?? (interfaces === undefined ? addressesBy(own) : [])
    const networks = [
      ...new Set(
        own.flatMap(({ destination }) =>
          destination === undefined ||
          isInPrefix(withoutPrefix(destination), linkLocal) ||
          addresses.some((address) => isInPrefix(withoutPrefix(address), destination)) ||
          // Of several routes to a network the kernel shows the one first that it takes.
          main.find((other) => other.destination === destination)?.dev !== name
            ? []
            : [destination],
        ),
      ),
    ]
    const isWay = routes.some(
      ({ dev, destination, via }) => dev === name && destination === undefined && via !== undefined,
    )
    const isFirst = own.some(({ destination }) => destination === undefined)
    const isInside = !isWay && !isFirst && (hasOthersBehind(name) || isForwarding)
    // Of one without an address only what stands behind it is of use.
    return addresses.length > 0 || (isInside && networks.length > 0) ? [{ name, addresses, networks, isInside }] : []
  })
}

/** Whether a machine forwards, by family (ip-sysctl.rst in the kernel's documentation). */
export const forwardingSysctls = { ipv4: 'net.ipv4.ip_forward', ipv6: 'net.ipv6.conf.all.forwarding' } as const

const addressesBy = (routes: readonly CapturedRoute[]): string[] =>
  routes.flatMap(({ destination, src }) =>
    src !== undefined && destination !== undefined && isInPrefix(src, destination)
      ? [`${src}/${destination.slice(destination.indexOf('/') + 1)}`]
      : [],
  )

/** Interfaces that the default routes lead out by. */
export const waysOut = ({ routes = [] }: CapturedPod): string[] =>
  families.flatMap((family) =>
    routes.flatMap((route) =>
      route.family === family && isMain(route) && route.destination === undefined && route.dev !== undefined
        ? [route.dev]
        : [],
    ),
  )
