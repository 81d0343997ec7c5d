import type { Interval } from '../netfilter/interval-set.ts'
import type { Rule } from '../netfilter/ruleset.ts'
import type { Statement, StatementOf } from '../netfilter/statement.ts'

/**
 * What a rule does to a packet, as the end of a sentence.
 * @param caller the chain that a RETURN leads back to; undefined in the kernel's own chains.
 */
export function effectOf({ statements }: Rule, caller: string | undefined): string {
  return statements.length === 0
    ? 'it is counted and goes on'
    : statements.map((statement) => effectOfOne(statement, caller)).join(', ')
}

function effectOfOne(statement: Statement, caller: string | undefined): string {
  switch (statement.kind) {
    case 'accept':
      return 'this table lets it pass'
    case 'drop':
      return 'it is dropped'
    case 'reject':
      return `it is rejected with ${statement.with}`
    case 'return':
      return caller === undefined ? 'it leaves this chain' : `it goes back to ${caller}`
    case 'jump':
    case 'goto':
      return `it goes on in ${statement.chain}`
    case 'redirect':
      return `its destination becomes the pod itself${statement.ports === undefined ? '' : `, ${portsOf(statement.ports)}`}`
    case 'dnat':
      return `its destination becomes ${endOf(statement)}`
    case 'snat':
      return `its source becomes ${endOf(statement)}`
    case 'netmap':
      return `its address goes over to the network ${statement.network}, mask ${statement.bits}`
    case 'masquerade':
      return "its source becomes the interface's own address"
    case 'notrack':
    case 'zone':
      return 'connection tracking is told, and it goes on'
    case 'tproxy':
      return `it is given to the transparent socket on port ${statement.port === 0 ? 'it was sent to' : statement.port}, or dropped`
    case 'log':
      return 'it is logged and goes on'
    case 'mark':
    case 'connmark':
      return 'its mark is set and it goes on'
    case 'continue':
    case 'tos':
    case 'hop-limit':
      return 'it goes on'
    case 'unknown':
      return 'what that does is not modelled'
  }
}

function endOf({ addresses, ports }: StatementOf<'dnat' | 'snat'>): string {
  const address =
    addresses === undefined
      ? []
      : [addresses.first === addresses.last ? addresses.first : `one of ${addresses.first}-${addresses.last}`]
  return [...address, ...(ports === undefined ? [] : [portsOf(ports)])].join(', ') || 'what it is'
}

const portsOf = ({ first, last }: Interval<number>): string =>
  first === last ? `port ${first}` : `a port from ${first} to ${last}`
