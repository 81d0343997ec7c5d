import { families } from '../core/address.ts'
import { parseFlags } from '../core/tcp-flags.ts'
import type { Flow } from '../flow/flow.ts'
import type { Credentials } from '../flow/identity.ts'
import { parseEndpoint } from './endpoint-text.ts'
import type { TcpOptions } from './flow-options.ts'
import type { AppInput, ScenarioInput } from './input.ts'
import { parseReleases } from './releases.ts'
import type { Scenario } from './scenario.ts'

/** What a schema has let pass: what may be left out may be undefined as well, and what is `true` may be false. */
type Passed<T> = { [Key in keyof T]?: (T[Key] extends true | undefined ? boolean : T[Key]) | undefined }
type Passing<Name extends keyof ScenarioInput> = Passed<Pick<ScenarioInput, Name>>

type LoadingInput = Passing<'releases' | 'apply' | 'beside' | 'cleanUp' | 'withoutRouting'> & {
  applies?: { rejectedAt: number; orAt?: number | undefined; leaves: 'nothing' | 'part' } | undefined
}
type TopologyInput = Passing<
  'interfaces' | 'behind' | 'services' | 'closed' | 'proxy' | 'inner' | 'podIPs' | 'families'
> & { apps?: readonly (Passed<AppInput> & { port: number })[] | undefined }

/** For which releases a scenario's rules are loaded, and how. */
export function loadingOf({ releases, apply, applies, beside, cleanUp, withoutRouting }: LoadingInput) {
  return {
    releases: releases === undefined ? {} : parseReleases(releases),
    applyTimes: apply?.times ?? 1,
    ...(applies && {
      rejected: {
        at: applies.rejectedAt,
        ...(applies.orAt !== undefined && { orAt: applies.orAt }),
        leaves: applies.leaves,
      },
    }),
    ...(beside && { beside }),
    ...(cleanUp !== undefined && { cleanUp }),
    ...(withoutRouting && { withoutRouting }),
  } satisfies Partial<Scenario>
}

/** What stands around a scenario's rules, with what is taken where it says nothing. */
export function topologyOf(given: TopologyInput) {
  const { interfaces = [], behind, apps = [], services = {}, closed = [], families: expanded } = given
  return {
    interfaces,
    ...(behind && { behind }),
    apps: apps.map(({ port, protocol = 'tcp', bind = 'any', identity = 'app' }) => ({
      port,
      protocol,
      bind,
      identity,
    })),
    services: Object.entries(services).map(([at, to]) => ({
      at: parseEndpoint(at, true),
      to: parseEndpoint(to, true),
    })),
    closed: closed.map((text) => parseEndpoint(text, true)),
    proxy: given.proxy ?? 'up',
    inner: given.inner ?? false,
    podIPs: given.podIPs ?? families,
    ...(expanded && { families: expanded }),
  } satisfies Partial<Scenario>
}

/** @param base who sends it, and where to. */
export function flowOf(base: Flow, options: Passed<TcpOptions>): Flow {
  const {
    sourceAddress: address,
    sourcePort: port,
    bindToDevice,
    mark,
    tos,
    transparent,
    serverFirst,
    http,
    raw,
  } = options
  const source = { ...(address !== undefined && { address }), ...(port !== undefined && { port }) }
  return {
    ...base,
    ...(Object.keys(source).length > 0 && { source }),
    ...(bindToDevice !== undefined && { bindToDevice }),
    ...(mark !== undefined && { mark }),
    ...(tos !== undefined && { tos }),
    ...(transparent && { transparent }),
    ...(raw !== undefined && { raw: parseFlags(raw) ?? 0 }),
    ...(http ? { conversation: 'http' } : serverFirst && { conversation: 'server-first' }),
  }
}

/** The GID is the UID's where it is left out; the order of groups says nothing. */
export function numbersOf({ uid, gid = uid, groups = [] }: Passed<Credentials> & { uid: number }): Credentials {
  return { uid, gid, groups: [...new Set(groups)].filter((group) => group !== gid).sort((a, b) => a - b) }
}
