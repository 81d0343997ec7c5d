import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { strangerOf } from '../programs.ts'
import { rulesIn } from '../rules.ts'

const mesh: FindingKind = {
  code: 'mesh-residue',
  severity: 'warning',
  title: 'There are chains of another mesh',
  about:
    'Rules of two meshes stand in one pod: one that was taken out and left its rules, or two injectors that both think the pod theirs. Whichever chain is entered first decides.',
  remedy: 'Restart the pod with one mesh alone; on a VM, run the other mesh’s clean-up.',
}

const backend: FindingKind = {
  code: 'backend-residue',
  severity: 'warning',
  title: 'There are rules in the other backend too',
  about:
    'iptables-nft and iptables-legacy keep rules apart, and the kernel asks both. Neither program prints all the rules that act.',
  remedy:
    'Capture both (`iptables-nft-save` and `iptables-legacy-save`), and remove those of the backend that nobody uses.',
}

/** What others have left. */
export const residue: Detector = {
  kinds: [mesh, backend],
  *find({ families, rulesets, chains, elsewhere }): Iterable<Finding> {
    for (const family of families) {
      const ruleset = rulesets[family]
      for (const table of ruleset.tables.values())
        for (const chain of table.chains.values()) {
          const stranger = strangerOf(chain.name, chains)
          if (chain.base !== undefined || stranger?.isMesh !== true) continue
          yield caseOf(mesh, {
            key: `${stranger.name} ${table.name}`,
            what: `table ${table.name} has chains of ${stranger.name}, such as ${chain.name}`,
            rules: rulesIn(ruleset, table, chain)
              .slice(0, 1)
              .map(({ place }) => place),
          })
        }
    }
    for (const what of elsewhere) yield caseOf(backend, { key: what, what, rules: [] })
  },
}
