import * as v from 'valibot'
import type { Family } from '../core/address.ts'
import type { Identity } from '../flow/identity.ts'
import type { ProxyState } from '../flow/pod-plan.ts'
import type { AnyListener, ListenerName } from '../flow/verdict.ts'
import { list, object, text, timeout } from '../input/fields.ts'
import { forReading, loadingFields, readBy, topologyFields } from './pod-fields.ts'
import { parseReleases } from './releases.ts'
import type { MeshRules } from '../mesh/rules.ts'
import { rulesSchema } from './rules.ts'
import type { App, ExpectedFlow } from './scenario.ts'

/** An application: a port, or more. By default it is TCP, listens on every address and runs as `app`. */
export type AppInput = { port: number; protocol?: 'tcp' | 'udp'; bind?: App['bind']; identity?: Identity }

export interface ScenarioInput<Listeners extends ListenerName = AnyListener> {
  rules: MeshRules<Listeners>
  flows: readonly ExpectedFlow<NoInfer<Listeners>>[]
  /** Releases of the mesh for which this holds: `1.2`, `>=1.1`, `<=0.11`, `0.9 - 0.11`. Default: all. */
  releases?: string
  apply?: { times: number }
  /**
   * Loading the rules fails at this line, and leaves nothing or what came before it. `orAt` is the line that some
   * versions of iptables name instead, such as COMMIT's: iptables-nft 1.8.7 does not know which line the kernel has
   * refused.
   */
  applies?: { rejectedAt: number; orAt?: number; leaves: 'nothing' | 'part' }
  /**
   * Rules of other programs than the mesh's, as literal text: loaded `before` or `after` its own, or, before both, by
   * the other one of iptables' backends than the check's.
   */
  beside?: { before?: string; after?: string; otherBackend?: string }
  /** Rule text that is loaded last, such as the `iptables` commands by which a mesh cleans up. */
  cleanUp?: string
  /** The policy routing that belongs to the rules (`ip rule`, `ip route`) is not set up. */
  withoutRouting?: true
  /** Interfaces beside eth0, such as `net1`. */
  interfaces?: readonly string[]
  /**
   * Interfaces with the networks behind them: containers on a bridge, a VM. The pod forwards then, in both families:
   * `{ docker0: ['172.17.0.0/16', 'fd00:17::/64'] }`.
   */
  behind?: Readonly<Record<string, readonly string[]>>
  /**
   * Applications that are special. On every other pod port that a flow or a service names, one listens on all addresses
   * as `app`, unless the port is the proxy's own.
   */
  apps?: readonly AppInput[]
  /** Addresses that the proxy resolves to an endpoint, as Envoy's cluster does: `{ '10.96.0.10:80': 'pod:8080' }`. */
  services?: Readonly<Record<string, string>>
  /** Where nobody listens although a flow is sent there. */
  closed?: readonly string[]
  proxy?: ProxyState
  /** Gives the pod a bridge with a namespace behind it. */
  inner?: boolean
  /**
   * Of which families the pod has an address, the primary one first: `['ipv4']`, `['ipv6']`, or both in either order.
   * Default: IPv4, IPv6.
   */
  podIPs?: readonly Family[]
  families?: readonly Family[]
  tags?: readonly string[]
  /**
   * Milliseconds that a pod of it may take, from its first process to the last verdict. What has no verdict by then is
   * an error that says what was waited for. Default: what `--timeout` says, or no such bound.
   */
  timeout?: number
}

const longestTitle = 200

export const titleSchema = v.pipe(
  text,
  v.check((title) => title.trim() !== '', 'a scenario needs a title'),
  v.maxLength(longestTitle, `a title has at most ${longestTitle} characters`),
  v.check((title) => !/\p{Cc}/u.test(title), 'a title is one line, without control characters'),
)

/** What a scenario must look like, checked at run time too. Flows are checked one by one. */
export const scenarioSchema = object({
  rules: rulesSchema,
  flows: v.pipe(list(v.unknown()), v.minLength(1, 'a scenario needs at least one flow')),
  releases: v.optional(readBy(parseReleases)),
  ...loadingFields(forReading),
  ...topologyFields(forReading),
  timeout: v.optional(timeout),
  tags: v.optional(
    list(
      v.pipe(
        text,
        v.check((tag) => tag.trim() !== '', 'a tag is empty'),
      ),
    ),
  ),
})
