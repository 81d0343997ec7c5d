import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { familyOf } from '../../harness/core/address.ts'
import type { Credentials } from '../../harness/flow/identity.ts'
import type { Case } from './pod.ts'

const app = { uid: 1000, gid: 1000, groups: [] }

/** A connection from the pod, as the application unless somebody else is named. */
export const tcpTo = (address: string, port: number, credentials: Credentials = app): FlowPlan => ({
  credentials,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: familyOf(address) ?? 'ipv4',
  destination: { address, port },
})

/** The same from the peer at an interface. */
export const from = (name: string, flow: FlowPlan): FlowPlan => ({
  ...flow,
  credentials: { uid: 2000, gid: 2000, groups: [] },
  origin: { kind: 'peer', interface: name },
})
export const ping = (flow: FlowPlan): FlowPlan => ({ ...flow, protocol: 'icmp' })
export const udp = (flow: FlowPlan): FlowPlan => ({ ...flow, protocol: 'udp' })

/** One flow through these tables' rules. */
export function given(tables: Readonly<Record<string, readonly string[]>>, flow: FlowPlan, inner = false): Case {
  const payload = Object.entries(tables)
    .map(([table, rules]) => `*${table}\n${rules.join('\n')}\nCOMMIT\n`)
    .join('')
  return { inner, rules: [{ form: 'restore', family: flow.family, payload }], flows: [flow] }
}

export const nat = (...rules: string[]) => ({ nat: rules })
