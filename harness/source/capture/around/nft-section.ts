import type { Damage } from '../damage.ts'
import { type Line, placeIn } from '../text/line.ts'

/** What iptables-nft keeps its rules in (iptables-nft(8), nft_ipv4_tables in iptables/nft.c). */
const ofIptables = /^table (?:ip|ip6) (?:filter|nat|mangle|raw|security) \{/
/** A chain that packets meet by themselves. */
const hooked = /^type \w+ hook \w+/

/**
 * Tables in what `nft list ruleset` prints beside iptables-save: those of iptables-nft say the same again, any other is
 * a program's that speaks nft itself.
 */
export class OwnNftTables {
  readonly strange: Damage[] = []
  #table: { line: Line; name: string; isSaid: boolean } | undefined

  take(line: Line): void {
    const [, name] = /^table (\w+ [^\s{]{1,80})/.exec(line.text) ?? []
    if (name !== undefined) this.#table = ofIptables.test(line.text) ? undefined : { line, name, isSaid: false }
    const table = this.#table
    if (table === undefined || table.isSaid || !hooked.test(line.text)) return
    table.isSaid = true
    this.strange.push({
      ...placeIn(table.line, 1),
      what: `table ${table.name} is nft's own, stands beside iptables' rules, and is not read`,
      assumed: 'it changes nothing',
    })
  }
}
