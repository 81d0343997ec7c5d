import { families, type Family } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { iptables, programName } from './apply.ts'

/** The kernel's own chains by table (iptables(8)). */
const chains: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** The tables that a rule text speaks of. */
function tablesOf(text: RuleText): string[] {
  if (text.form === 'restore') return [...text.payload.matchAll(/^\s*\*\s*(\w+)/gm)].flatMap(([, table]) => table ?? [])
  return text.commands.flatMap(({ argv }) => {
    // A table may be named in many ways (`-tnat`, `--tab=nat`, `-vt nat`): where it is not plain which one, all of them
    // are meant.
    if (
      argv.some((word) => /^-[^-]*t./.test(word) || /^-[^-]+t$/.test(word) || (/^--t/.test(word) && word !== '--table'))
    )
      return Object.keys(chains)
    const option = argv.findLastIndex((word) => word === '-t' || word === '--table')
    return (option < 0 ? undefined : argv[option + 1]) ?? 'filter'
  })
}

/**
 * Empties every table that these rules may have touched, and gives the kernel's own chains their policy back.
 * @returns whether iptables says that it has.
 */
export async function resetRules(
  pod: { name: string; fd: number },
  backend: Backend,
  rules: readonly RuleText[],
): Promise<boolean> {
  const resets = families.map((family) =>
    resetFamily(
      pod,
      backend,
      family,
      rules.filter((text) => text.family === family),
    ),
  )
  return (await Promise.all(resets)).every(Boolean)
}

async function resetFamily(
  pod: { name: string; fd: number },
  backend: Backend,
  family: Family,
  rules: readonly RuleText[],
): Promise<boolean> {
  const tables = [...new Set(rules.flatMap(tablesOf))]
  if (tables.length === 0) return true
  if (tables.some((table) => chains[table] === undefined)) return false
  const payload = tables
    .map((table) =>
      [`*${table}`, ...(chains[table] ?? []).map((chain) => `:${chain} ACCEPT [0:0]`), 'COMMIT', ''].join('\n'),
    )
    .join('')
  const ended = await iptables(pod, programName(family, backend, '-restore'), [], payload).catch(() => undefined)
  return ended?.exitCode === 0
}

/**
 * Has the kernel finish what rules of iptables-nft that are gone still hold, such as the sets that they have named: it
 * takes them apart some time later, from a work queue, but before a target of xtables is set up
 * (nft_compat_wait_for_destructors in net/netfilter/nft_compat.c).
 */
export async function awaitDestructors(pod: { name: string; fd: number }): Promise<void> {
  const program = programName('ipv4', 'nft', '-restore')
  const begin = '*mangle\n:OUTPUT ACCEPT [0:0]\n'
  await iptables(pod, program, [], `${begin}-A OUTPUT -j MARK --set-xmark 0x0/0x0\nCOMMIT\n`)
  await iptables(pod, program, [], `${begin}COMMIT\n`)
}
