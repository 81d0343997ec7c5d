import type { RuleText } from '../../flow/ruleset.ts'

/**
 * The zones of connection tracking that rules may put packets into, beside the common one (iptables-extensions(8), CT).
 * @returns undefined where they cannot be told from the text, as where a mark chooses the zone.
 */
export function zonesOf(texts: readonly RuleText[]): readonly number[] | undefined {
  const zones = new Set<number>()
  for (const text of texts) {
    const words = text.form === 'restore' ? text.payload : text.commands.map(({ argv }) => argv.join(' ')).join('\n')
    // What quoting and abbreviations could hide an option behind.
    const plain = words.replace(/["'\\]/g, '')
    const options = [...plain.matchAll(/--z/g)].length
    const told = [...plain.matchAll(/--zone(?:-[a-z]+)?[ =]+(0|[1-9]\d*)(?=\s|$)/g)]
    if (told.length !== options) return undefined
    for (const [, number] of told) zones.add(Number(number))
  }
  zones.delete(0)
  return [...zones]
}
