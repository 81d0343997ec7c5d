import type { Rule } from './rule.ts'

/** In this order 1.31 prints them; earlier releases in a random one, which is no difference to iptables-restore. */
const tables = ['mangle', 'nat', 'raw'] as const

/** The payload of `iptables-restore --noflush`: in each table its chains, by their first rule, and then the rules. */
export function payload(rules: readonly Rule[]): string {
  return tables.map((table) => tablePayload(table, rules)).join('')
}

function tablePayload(name: Rule['table'], all: readonly Rule[]): string {
  const rules = all.filter(({ table }) => table === name).map(({ text }) => text)
  if (rules.length === 0) return ''
  const lines = [`* ${name}`, ...chains(rules).map((chain) => `-N ${chain}`), ...rules, 'COMMIT']
  return `${lines.join('\n')}\n`
}

/** Chains of Istio's own by their first rule; one that is only jumped to would come behind them, and there is none. */
function chains(rules: readonly string[]): string[] {
  return [...new Set(rules.map((rule) => rule.split(' ')[1] ?? ''))].filter((chain) => chain.startsWith('ISTIO_'))
}
