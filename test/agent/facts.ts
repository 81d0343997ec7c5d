import type { FlowFacts } from '../../harness/agent/drive/facts.ts'
import type { Hop, Station } from '../../harness/flow/verdict.ts'

export const app = { uid: 1000, gid: 1000, groups: [] }
export const proxy = { uid: 1500, gid: 0, groups: [] }
export const dialled = { address: '203.0.113.10', port: 80 }
export const outbound = { address: '127.0.0.1', port: 15001 }
export const inbound = { address: '127.0.0.1', port: 15003 }
export const elsewhere = { address: '203.0.113.99', port: 81 }

/** A station that a flow came to, by default untranslated. */
export function hop(at: Station, rest: Partial<Hop> = {}): Hop {
  return { at, local: dialled, dialled, identity: app, ...rest }
}

/** A flow of the application's to a peer that has been answered. */
export function facts(
  rest: Partial<Omit<FlowFacts, 'plan'>> & { protocol?: FlowFacts['plan']['protocol'] } = {},
): FlowFacts {
  const { protocol = 'tcp', ...other } = rest
  return {
    plan: { credentials: app, origin: { kind: 'pod' }, protocol, family: 'ipv4', destination: dialled },
    outcome: { state: 'answered', local: { address: '10.244.0.5', port: 20000 } },
    hops: [],
    sentinelPassed: false,
    hasStranger: false,
    seenByPeer: false,
    hasPolicyRouting: false,
    isPodAddress: (address) => address === '10.244.0.5' || address.startsWith('127.'),
    ...other,
  }
}
