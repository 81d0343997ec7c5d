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
  about:
    'The rule asks for what came with a later release: an older one refuses it, and everything that is loaded with it.',
  remedy: 'See which iptables the init container’s image has, and which kernel the nodes run.',
}

const rejected: FindingKind = {
  code: 'rules-rejected',
  severity: 'error',
  title: 'iptables refuses the rules',
  about:
    'The kernel or iptables does not take them as they stand, so that nothing of the table is loaded, and the pod starts without them or not at all.',
  remedy: 'See what it says of the rule: a module that the kernel lacks, a name that is too long, an invalid value.',
}

/** Rules that do not load everywhere. */
export const acceptance: Detector = {
  kinds: [rejected, backend, version],
  *find({ applied, families, rulesets }): Iterable<Finding> {
    const taking = backends.find((each) => applied[each]?.ok === true)
    for (const refusing of backends) {
      const result = applied[refusing]
      if (result === undefined || result.ok) continue
      if (taking === undefined) {
        yield caseOf(rejected, {
          key: result.text.trim(),
          what: `iptables-${refusing} refuses the rules${atRule(result)}: ${result.message}`,
          rules: [],
        })
        break
      }
      yield caseOf(backend, {
        key: refusing,
        what: `iptables-${refusing} refuses the rules${atRule(result)}, and iptables-${taking} takes them: ${result.message}`,
        rules: [],
      })
    }
    // iptables 1.8.4 and Linux 5.3 brought it (libxt_owner.c, net/netfilter/xt_owner.c).
    for (const family of families)
      for (const { rule, place } of allRules(rulesets[family]))
        if (rule.conditions.some((condition) => condition.kind === 'field' && condition.field === 'anyGid'))
          yield caseOf(version, {
            key: '--suppl-groups',
            what: '--suppl-groups needs iptables 1.8.4 and Linux 5.3',
            rules: [place],
          })
  },
}
