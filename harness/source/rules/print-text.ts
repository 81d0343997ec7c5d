import { quote } from '../../core/shell-quote.ts'
import { toolOf } from '../../flow/backend.ts'
import type { RoutingRule, TableRoute } from '../../flow/policy-routing.ts'
import type { RuleText } from '../../flow/ruleset.ts'

/**
 * Rules as a text that is read the same again: a payload, or commands for a shell, with the policy routing that goes
 * with them.
 */
export function printText(text: RuleText): string {
  const rules =
    text.form === 'restore'
      ? text.payload
      : text.commands.map(({ argv }) => `${[toolOf(text.family), ...argv].map(quote).join(' ')}\n`).join('')
  const { rules: asked = [], routes = [], loopbackAddresses = [] } = text.routing ?? {}
  const own = [
    ...asked.map(ruleLine),
    ...routes.map(routeLine),
    ...loopbackAddresses.map((address) => `ip address add ${address} dev lo`),
  ]
  return rules + own.map((line) => `${line}\n`).join('')
}

const option = (family: 'ipv4' | 'ipv6'): string => (family === 'ipv4' ? '-4' : '-6')

function ruleLine({ family, priority, fwmark, mask, iif, table, unknown }: RoutingRule): string {
  if (unknown !== undefined) return `# a rule of policy routing, of which not all is known: ${unknown}`
  const mark = fwmark === undefined ? '' : ` fwmark ${fwmark}${mask === undefined ? '' : `/${mask}`}`
  return `ip ${option(family)} rule add${priority === undefined ? '' : ` priority ${priority}`}${mark}${iif === undefined ? '' : ` iif ${iif}`} lookup ${table}`
}

const routeLine = ({ family, table, destination, type, dev, via }: TableRoute): string =>
  `ip ${option(family)} route add ${type === 'local' ? 'local ' : ''}${destination}${via === undefined ? '' : ` via ${via}`} dev ${dev} table ${table}`
