import { type HarnessError, inputError } from '../core/errors.ts'
import { place } from './expand.ts'
import type { Ruleset } from './tree.ts'

/** Targets of iptables' own that are no chains (iptables-extensions(8), and the shared objects of 1.8.7 to 1.8.11), and those of xtables-addons. */
const targets = new Set(
  `ACCOUNT AUDIT CHAOS CHECKSUM CLASSIFY CLUSTERIP CONNMARK CONNSECMARK CT DELUDE DHCPMAC DNAT DNETMAP DNPT DSCP ECHO ECN HL HMARK
  IDLETIMER IPMARK LED LOG LOGMARK MARK MASQUERADE MIRROR NAT NETMAP NFLOG NFQUEUE NOTRACK PROTO QUEUE RATEEST RAWDNAT RAWSNAT REDIRECT
  REJECT SAME SECMARK SET SNAT SNPT STEAL SYNPROXY SYSRQ TARPIT TCPMSS TCPOPTSTRIP TEE TOS TPROXY TRACE TTL ULOG`.split(/\s+/),
)

/**
 * Finds a jump to a chain that is not there: both backends refuse the rule. A target with options is an extension that is not known
 * here, which iptables may have.
 * @returns the error of the first one, whose message begins with the place.
 */
export function missingChain({ tables }: Ruleset): HarnessError | undefined {
  for (const { name: table, chains } of tables.values()) {
    for (const { rules } of chains.values()) {
      for (const { target, place: at } of rules) {
        if (target?.kind !== 'unknown' || target.values.length > 0 || targets.has(target.name)) continue
        const hint = chains.has(target.name) ? 'it is made further down' : 'declare it, or leave the rule out if the text is an excerpt'
        return inputError(place(at.line, at.column), `table ${table} has no chain ${target.name}, and iptables no such target`, hint)
      }
    }
  }
  return undefined
}
