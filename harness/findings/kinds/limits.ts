import { textOf } from '../../netfilter/condition.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { allRules } from '../rules.ts'

const ports: FindingKind = {
  code: 'multiport-full',
  severity: 'note',
  title: 'A rule names as many ports as one rule can',
  about:
    'xt_multiport holds 15 ports, a range counting as two (XT_MULTI_PORTS). With one more, a builder that makes one rule of a list makes one that does not load, and the pod does not start.',
  remedy: 'See that the builder splits longer lists, or merge ports into ranges.',
}

const name: FindingKind = {
  code: 'interface-name-full',
  severity: 'note',
  title: 'The name of an interface is as long as one can be',
  about:
    'An interface has 15 characters at most (IFNAMSIZ). A name of just that length has often been cut, and then it is another one.',
  remedy: 'Compare it with `ip link`.',
}

const message: FindingKind = {
  code: 'message-large',
  severity: 'note',
  title: 'A table may not fit into the message that loads it',
  about:
    'iptables-nft-restore sends a table in one netlink message, which must fit into the socket’s send buffer. Only the machine’s own root may raise that above net.core.wmem_default (SO_SNDBUFFORCE): in a pod with user namespaces it ends with `Message too long`.',
  remedy: 'Load such rules as the machine’s root, with iptables-legacy, or with a larger net.core.wmem_default.',
}

/** XT_MULTI_PORTS in linux/netfilter/xt_multiport.h */
const mostPorts = 15
/** IFNAMSIZ in linux/if.h, without the zero at its end. */
const longestName = 15
/** What 212,992 bytes, the usual net.core.wmem_default, hold of rules with 360 bytes each. */
const mostRules = 590

/** What is about to be too much. */
export const limits: Detector = {
  kinds: [ports, name, message],
  *find({ families, rulesets }): Iterable<Finding> {
    for (const family of families) {
      const ruleset = rulesets[family]
      for (const table of ruleset.tables.values()) {
        const count = [...table.chains.values()].reduce((sum, { rules }) => sum + rules.length, 0)
        if (count > mostRules)
          yield caseOf(message, { key: table.name, what: `table ${table.name} has ${count} rules`, rules: [] })
      }
      for (const { rule, place } of allRules(ruleset))
        for (const condition of rule.conditions) {
          const { subject, value = '' } = condition.asked
          const about = { key: `${place.table} ${place.text}`, rules: [place] }
          if (/^--(?:[sd]?ports|source-ports|destination-ports)$/.test(subject) && portsIn(value) >= mostPorts)
            yield caseOf(ports, {
              ...about,
              what: `a rule of ${place.chain} names ${portsIn(value)} ports, and more do not fit`,
            })
          else if (
            /^(?:-[io]|--(?:in|out)-interface)$/.test(subject) &&
            value.length >= longestName &&
            !value.endsWith('+')
          )
            yield caseOf(name, { ...about, what: `${textOf(condition)} is ${value.length} characters long` })
        }
    }
  },
}

const portsIn = (list: string): number => list.split(',').reduce((sum, each) => sum + (each.includes(':') ? 2 : 1), 0)
