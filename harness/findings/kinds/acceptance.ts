import { backends } from '../../flow/backend.ts'
import { atRule } from '../../flow/ruleset.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { allRules } from '../rules.ts'

const backend: FindingKind = {
  code: 'one-backend-only',
  severity: 'warning',
  title: 'Only one backend of iptables accepts these rules',
  about:
    'The same text loads with iptables-nft and not with iptables-legacy, or the other way round. Which one a node has, its distribution decides.',
  remedy: 'Write the rule in the way that both take, or say which backend is needed.',
}

const version: FindingKind = {
  code: 'needs-newer-iptables',
  severity: 'note',
  title: 'Older releases of iptables or Linux do not know an option',
  about: 'The rule asks for what came with a later release: an older one refuses it, and everything that is loaded with it.',
  remedy: 'See which iptables the init container’s image has, and which kernel the nodes.',
}

/** Options that are younger than what is still in use, with where they came. */
const young: Readonly<Record<string, string>> = {
  '--suppl-groups': 'iptables 1.8.4 and Linux 5.3',
}

/** Rules that do not load everywhere. */
export const acceptance: Detector = {
  kinds: [backend, version],
  *find({ applied, families, rulesets }): Iterable<Finding> {
    const taking = backends.find((each) => applied[each]?.ok === true)
    for (const refusing of backends) {
      const result = applied[refusing]
      if (taking === undefined || result === undefined || result.ok) continue
      yield caseOf(backend, {
        key: refusing,
        what: `iptables-${refusing} refuses the rules${atRule(result)}, and iptables-${taking} takes them: ${result.message}`,
        rules: [],
      })
    }
    for (const family of families)
      for (const { rule, place } of allRules(rulesets[family]))
        for (const { asked } of rule.conditions) {
          const since = Object.hasOwn(young, asked.subject) ? young[asked.subject] : undefined
          if (since !== undefined) yield caseOf(version, { key: asked.subject, what: `${asked.subject} needs ${since}`, rules: [place] })
        }
  },
}
