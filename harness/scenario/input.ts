import * as v from 'valibot'
import { type Family, familyOf } from '../core/address.ts'
import type { Identity } from '../flow/identity.ts'
import type { App, Topology } from '../flow/topology.ts'
import type { MeshRules } from './rules.ts'
import type { ExpectedFlow } from './scenario.ts'

/** An application: a port, or more. By default it is TCP, listens on every address and runs as `app`. */
export type AppInput = { port: number; protocol?: 'tcp' | 'udp'; bind?: App['bind']; identity?: Identity }

export interface ScenarioInput {
  rules: MeshRules
  flows: readonly ExpectedFlow[]
  /** Releases of the mesh for which this holds: `1.2`, `>=1.1`, `<=0.11`, `0.9 - 0.11`. Default: all. */
  releases?: string
  apply?: { times: number }
  /** Loading the rules fails at this line, and leaves nothing or what came before it. */
  applies?: { rejectedAt: number; leaves: 'nothing' | 'part' }
  /** Interfaces beside eth0, such as `net1`. */
  interfaces?: readonly string[]
  /**
   * Applications that are special. On every other pod port that a flow or a service names, one listens on all addresses as
   * `app`, unless the port is the proxy's own.
   */
  apps?: readonly AppInput[]
  /** Addresses that the proxy resolves to an endpoint, as Envoy's cluster does: `{ '10.96.0.10:80': 'pod:8080' }`. */
  services?: Readonly<Record<string, string>>
  /** Where nobody listens although a flow is sent there. */
  closed?: readonly string[]
  proxy?: Topology['proxy']
  /** Gives the pod a bridge with a namespace behind it. */
  inner?: boolean
  families?: readonly Family[]
  tags?: readonly string[]
}

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))
const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xfffffffe))
/** Interfaces that every pod has. */
const builtInInterfaces = ['lo', 'eth0']
const interfaceName = v.pipe(v.string(), v.regex(/^[^\s/:.]{1,15}$/, 'not an interface name'))
const bind = v.pipe(
  v.string(),
  v.check((text) => ['any', 'pod', 'lo'].includes(text) || familyOf(text) !== undefined, `not 'any', 'pod', 'lo' or an address`),
)
const identity = v.union([v.picklist(['app', 'proxy', 'root', 'remote']), v.strictObject({ uid: id, gid: id, groups: v.array(id) })])

/** What a scenario must look like, whatever the type checker was told. */
export const scenarioSchema = v.strictObject({
  rules: v.looseObject({ kind: v.picklist(['config', 'text']), mesh: v.string() }),
  flows: v.pipe(
    v.array(
      v.looseObject(
        { flow: v.looseObject({}), expected: v.looseObject({ verdict: v.string() }) },
        'a flow lacks its expectation, such as .isDirect()',
      ),
    ),
    v.minLength(1, 'a scenario needs at least one flow'),
  ),
  releases: v.optional(v.string()),
  apply: v.optional(v.strictObject({ times: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10)) })),
  applies: v.optional(
    v.strictObject({ rejectedAt: v.pipe(v.number(), v.integer(), v.minValue(1)), leaves: v.picklist(['nothing', 'part']) }),
  ),
  interfaces: v.optional(
    v.pipe(
      v.array(interfaceName),
      v.check(
        (names) => new Set([...builtInInterfaces, ...names]).size === builtInInterfaces.length + names.length,
        'names an interface that is there already',
      ),
    ),
  ),
  apps: v.optional(
    v.array(
      v.strictObject({ port, protocol: v.optional(v.picklist(['tcp', 'udp'])), bind: v.optional(bind), identity: v.optional(identity) }),
    ),
  ),
  services: v.optional(v.record(v.string(), v.string())),
  closed: v.optional(v.array(v.string())),
  proxy: v.optional(v.picklist(['up', 'down', 'killed'])),
  inner: v.optional(v.boolean()),
  families: v.optional(v.pipe(v.array(v.picklist(['ipv4', 'ipv6'])), v.minLength(1))),
  tags: v.optional(v.array(v.string())),
})
