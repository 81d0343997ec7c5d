import type { Family } from '../../harness/core/address.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import type { CapturedListener } from '../../harness/flow/captured-pod.ts'
import type { PolicyRouting } from '../../harness/flow/policy-routing.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import { type Examined, examine } from '../../harness/repro/examine/examine.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { payload, type Tables } from '../sandbox/literal-pod.ts'

/** Rules of a small mesh of one's own making, with Istio's proxy. */
export const captures = {
  outbound: ['-A OUTPUT -p tcp -j ISTIO_OUTPUT', '-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN'],
  redirect: '-A ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports 15001',
  inbound: ['-A PREROUTING -p tcp -j ISTIO_INBOUND', '-A ISTIO_INBOUND -p tcp -j REDIRECT --to-ports 15006'],
}
export const chains = [':ISTIO_OUTPUT - [0:0]', ':ISTIO_INBOUND - [0:0]']

export interface Captured extends Tables {
  /** IPv6, where the text speaks of it. */
  ipv6?: Tables
  routing?: PolicyRouting
  mayForward?: readonly Family[]
  elsewhere?: readonly string[]
  mesh?: string
  /** Of the mesh whose proxy is there. */
  config?: Readonly<Record<string, unknown>>
  /** What the config would make, in nat. */
  built?: readonly string[]
  isConfigPart?: boolean
  /** Whether all flows that can be told apart are asked about. */
  isTabled?: boolean
  listeners?: readonly CapturedListener[]
  ended?: readonly { name: string; exitCode: number; reason: string }[]
}

/** The plain rules, which nothing is wrong with. */
export const plain = (...inserted: string[]): readonly string[] => [
  ...chains,
  ...captures.inbound,
  ...captures.outbound,
  ...inserted,
  captures.redirect,
]

export function examined(
  captured: Captured,
  sandbox: Sandbox | { why: string } = { why: 'a test' },
  backend: Backend = 'nft',
): Promise<Examined> {
  const {
    ipv6,
    routing,
    mayForward,
    elsewhere = [],
    mesh = 'istio',
    config = {},
    built,
    isConfigPart = false,
    isTabled = false,
    listeners,
    ended = [],
    ...ipv4
  } = captured
  const text = (family: Family, tables: Tables): RuleText => ({
    form: 'restore',
    family,
    payload: payload(tables),
    ...(routing && { routing }),
  })
  const found = findMesh(mesh)
  return examine(
    {
      source: 'a test',
      texts: [text('ipv4', ipv4), ...(ipv6 === undefined ? [] : [text('ipv6', ipv6)])],
      families: ipv6 === undefined ? ['ipv4'] : ['ipv4', 'ipv6'],
      profile: found.profile(found.releases.at(-1) ?? '', {
        config,
        podAnnotations: {},
        podIPs: ['10.244.0.5', 'fd00:10::5'],
      }),
      podIPs: ['10.244.0.5', 'fd00:10::5'],
      ...(listeners && { listeners }),
      backend,
      isBuilt: false,
      elsewhere,
      ended,
      isTabled,
      isConfigPart,
      ...(mayForward && { mayForward }),
      ...(built && { built: [text('ipv4', { nat: built })] }),
    },
    sandbox,
  )
}
