import type { RuleText } from '../../flow/ruleset.ts'

/** Of as many ports each flow of a pod finds one of its own. */
const enough = 1024

/**
 * Whether rules may have several flows come from one port, since those that they translate a source to are few: a
 * connection for which the kernel finds none that is free is dropped (nf_nat_l4proto_unique_tuple in
 * net/netfilter/nf_nat_core.c, __nf_conntrack_confirm in nf_conntrack_core.c), as if the rules did that.
 */
export function sharePorts(texts: readonly RuleText[]): boolean {
  const lines = texts.flatMap((text) =>
    text.form === 'restore' ? text.payload : text.commands.map(({ argv }) => argv.join(' ')),
  )
  const plain = lines.join('\n').replace(/["'\\]/g, '')
  return [...plain.matchAll(translated)].some(([, first, last = first]) => Number(last) - Number(first) + 1 < enough)
}

/** `SNAT --to-source 10.0.0.1:80-90` or `[fd00::1]:80`, `MASQUERADE --to-ports 80-90`; an option may be shortened. */
const translated =
  /\b(?:SNAT\b.* --to[a-z-]*[ =]+(?:\[\S*\]|[\d.-]*):|MASQUERADE\b.* --to[a-z-]*[ =]+)(\d+)(?:-(\d+))?/g
