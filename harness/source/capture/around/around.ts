import { type Family, families, familyOf } from '../../../core/address.ts'
import { plural } from '../../../core/plural.ts'
import type { CapturedPod, CapturedRoute } from '../../../flow/captured-pod.ts'
import type { Damage } from '../damage.ts'
import { type Line, placeIn } from '../text/line.ts'
import { AddressLines } from './address-lines.ts'
import type { Echo } from './echo.ts'
import { shownSocket } from './listener-line.ts'
import { shownRoute } from './route-line.ts'
import { shownRule } from './rule-line.ts'
import type { RuleListing, ShownAround, ShownRouteAt, ShownSocket } from './shown.ts'
import { shownSysctl } from './sysctl-line.ts'
import { mainTable, type TableName } from './table-names.ts'

/** What each kind of line is called, in the order of the summary. */
const kinds = {
  rules: ['rule of policy routing', 'rules of policy routing'],
  routes: ['route', 'routes'],
  addresses: ['line about addresses', 'lines about addresses'],
  sysctls: ['sysctl', 'sysctls'],
  listeners: ['line about sockets', 'lines about sockets'],
  accounts: ['account', 'accounts'],
} as const

/** Lines of each kind that are kept; a node has some thousands of routes. */
const most = 20_000

/**
 * What a text shows of the pod around its rules: the output of ip, ss, netstat, ifconfig and sysctl, as people copy it
 * among rules. Such lines are told by their form, and what they are about by the command above them.
 */
export class Around implements ShownAround {
  readonly listings: Partial<Record<Family, RuleListing>> = {}
  readonly routes: ShownRouteAt[] = []
  readonly asked: { family: Family; table: TableName | 'all' }[] = []
  readonly damages: Damage[] = []
  readonly #addresses = new AddressLines()
  readonly #sysctls = new Map<string, string>()
  readonly #users = new Map<string, number>()
  readonly #groups = new Map<string, number>()
  #sockets: ShownSocket[] | undefined
  readonly #counts = new Map<keyof typeof kinds, number>()
  #echo: Echo | undefined
  /** No rule has been read below the command. */
  #isNew = false
  /** An untold listing of rules is open. */
  #isListing = false

  /** A command whose output follows. */
  echo(echo: Echo | undefined): void {
    this.end()
    this.#echo = echo
    this.#isNew = true
    if (echo?.shows === 'listeners')
      this.#sockets = (this.#sockets ?? []).filter(({ table }) => echo.tables?.includes(table) !== true)
    this.asks(echo)
  }

  /** One of several commands whose output follows, one below the other. */
  asks(echo: Echo | undefined): void {
    if (echo?.shows === 'routes' && echo.family !== undefined && echo.table !== undefined)
      this.asked.push({ family: echo.family, table: echo.table })
  }

  /** What follows is about something else. */
  end(): void {
    this.#echo = undefined
    this.#isListing = false
    this.#addresses.end()
  }

  /** @param line without indentation. @returns whether it is one of these lines; what is of use in it is kept. */
  takes(line: Line): boolean {
    const kind = this.#kindOf(line)
    if (kind === undefined) return false
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    return true
  }

  #kindOf(line: Line): keyof typeof kinds | undefined {
    const { text } = line
    if (this.#echo?.shows === 'accounts') return this.#account(text) ? 'accounts' : undefined
    if (this.#rule(line)) return 'rules'
    if (this.#route(line)) return 'routes'
    const socket = shownSocket(text)
    if (socket !== undefined) {
      if (this.#echo?.shows === 'something') return 'listeners'
      this.#sockets ??= []
      if (socket !== 'nobody' && this.#sockets.length < most) this.#sockets.push(socket)
      return 'listeners'
    }
    const sysctl = shownSysctl(text)
    if (sysctl !== undefined) {
      if (this.#sysctls.size < most) this.#sysctls.set(...sysctl)
      return 'sysctls'
    }
    return this.#addresses.takes(text, this.#echo?.shows === 'addresses') ? 'addresses' : undefined
  }

  #rule(line: Line): boolean {
    const rule = shownRule(line.text)
    if (rule === undefined) return false
    const told = this.#echo?.shows === 'rules' ? this.#echo.family : undefined
    const family = told ?? rule.family ?? 'ipv4'
    if (
      told === undefined &&
      (!this.#isListing || rule.priority < (this.listings[family]?.rules.at(-1)?.rule.priority ?? 0))
    )
      this.#beginUntold(line, family)
    // The kernel's own rules are always there: a listing that shows none has been copied in some other form.
    const before = told !== undefined && this.#isNew ? undefined : this.listings[family]
    this.#isNew = false
    const listing = before ?? { rules: [], first: line.number }
    this.listings[family] = listing
    if (listing.rules.length < most) listing.rules.push({ rule, line: line.number })
    return true
  }

  /** `ip rule` has IPv4's; another listing without a command above may be anybody's. */
  #beginUntold(line: Line, family: Family): void {
    if (this.listings[family] !== undefined)
      this.damages.push({
        ...placeIn(line, 1),
        what: "nothing tells whose these rules of policy routing are, since the text has ipv4's already",
        assumed: 'they are a later state of the same',
      })
    this.listings[family] = { rules: [], first: line.number }
    this.#isListing = true
  }

  #route(line: Line): boolean {
    const route = shownRoute(line.text)
    const own = this.#echo?.shows === 'routes' ? this.#echo : undefined
    if (
      route === undefined ||
      (own === undefined && route.dev === undefined && route.via === undefined && route.table === undefined)
    )
      return false
    if (this.#echo?.shows === 'something') return true
    const family = route.family ?? own?.family ?? 'ipv4'
    const said = own?.table === 'all' ? mainTable : own?.table
    const table = route.table ?? said ?? (route.type === 'unicast' ? mainTable : undefined)
    if (this.routes.length < most)
      this.routes.push({ ...route, family, line: line.number, ...(table !== undefined && { table }) })
    return true
  }

  /** `u NAME ID` or `g NAME ID`, as `sidetrack collect` has them. */
  #account(text: string): boolean {
    const [, kind, name, id] = /^([ug]) ([\w.@-]{1,64}) (\d{1,10})$/.exec(text) ?? []
    if (name === undefined) return false
    ;(kind === 'u' ? this.#users : this.#groups).set(name, Number(id))
    return true
  }

  /** `net.ipv4.ip_forward=1`, by a command that sets it. */
  set(text: string): void {
    const sysctl = shownSysctl(text)
    if (sysctl !== undefined) this.#sysctls.set(...sysctl)
  }

  get pod(): CapturedPod {
    const { interfaces } = this.#addresses
    const main = this.routes.filter(
      ({ table, destination, type }) => table === mainTable && destination === 'default' && type === 'unicast',
    )
    const gateways = Object.fromEntries(
      families.flatMap((family) => {
        const via = main.find((route) => route.family === family && route.via !== undefined)?.via
        return via === undefined ? [] : [[family, via]]
      }),
    )
    return {
      ...(interfaces.size > 0 && {
        interfaces: [...interfaces].flatMap(([name, addresses]) => (name === 'lo' ? [] : [{ name, addresses }])),
      }),
      gateways,
      ...(this.routes.length > 0 && { routes: this.routes.flatMap(routeOf) }),
      sysctls: this.#sysctls,
      ...(this.#sockets && { listeners: this.#sockets.map(({ listener }) => listener) }),
      users: this.#users,
      groups: this.#groups,
    }
  }

  /** Of loopback, beside its own; undefined where its addresses are not shown. */
  get loopbackAddresses(): string[] | undefined {
    const all = this.#addresses.interfaces.get('lo')
    const own = all?.map((address) => address.slice(0, address.indexOf('/')))
    return own?.filter((address) => !address.startsWith('127.') && address !== '::1')
  }

  /** What was read: a line, or none. */
  get notes(): string[] {
    const parts = Object.entries(kinds).flatMap(([kind, [one, many]]) => {
      const count = this.#counts.get(kind as keyof typeof kinds) ?? 0
      return count === 0 ? [] : [plural(count, one, many)]
    })
    return parts.length === 0 ? [] : [`read beside the rules: ${parts.join(', ')}`]
  }
}

function routeOf({ type, family, destination, table, dev, via, src }: ShownRouteAt): CapturedRoute[] {
  if (type !== 'unicast') return []
  const whole = family === 'ipv4' ? 32 : 128
  return [
    {
      family,
      ...(destination !== 'default' && {
        destination: destination.includes('/') ? destination : `${destination}/${whole}`,
      }),
      ...(table !== undefined && { table }),
      ...(dev !== undefined && { dev }),
      ...(via !== undefined && { via }),
      ...(src !== undefined && familyOf(src) === family && { src }),
    },
  ]
}
