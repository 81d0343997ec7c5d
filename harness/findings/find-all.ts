import type { Family } from '../core/address.ts'
import { rulesOf } from '../netfilter/ruleset.ts'
import { isOpen } from './captured.ts'
import type { Detector } from './detector.ts'
import { type Finding, type FindingKind, severities } from './finding.ts'
import { acceptance } from './kinds/acceptance.ts'
import { conditionalDetector } from './kinds/conditional.ts'
import { configured } from './kinds/configured.ts'
import { initContainers } from './kinds/init-containers.ts'
import { deadCapture } from './kinds/dead-capture.ts'
import { doubled } from './kinds/doubled.ts'
import { exempt } from './kinds/exempt.ts'
import { identities } from './kinds/identities.ts'
import { leftOpenDetector } from './kinds/left-open.ts'
import { listening } from './kinds/listeners.ts'
import { limits } from './kinds/limits.ts'
import { loops } from './kinds/loops.ts'
import { marks } from './kinds/marks.ts'
import { originalDestination } from './kinds/original-destination.ts'
import { partial } from './kinds/partial.ts'
import { otherProgram } from './kinds/other-program.ts'
import { residue } from './kinds/residue.ts'
import { sourceAddress } from './kinds/source-address.ts'
import { together } from './kinds/together.ts'
import { unmatched } from './kinds/unmatched.ts'
import type { RulesAlone, Subject } from './subject.ts'

/** In the order in which they are told where they are equally severe. */
const detectors: readonly Detector[] = [
  initContainers,
  configured,
  loops,
  deadCapture,
  listening,
  sourceAddress,
  originalDestination,
  leftOpenDetector,
  partial,
  conditionalDetector,
  otherProgram,
  identities,
  exempt,
  together,
  unmatched,
  doubled,
  residue,
  marks,
  acceptance,
  limits,
]

/** Everything that can be found, by its code. */
export const catalogue: ReadonlyMap<string, FindingKind> = new Map(
  detectors.flatMap(({ kinds }) => kinds).map((kind) => [kind.code, kind]),
)

/** Everything that is found, the most severe first; equal cases of both families are one. */
export function findAll(subject: Subject): Finding[] {
  const cases = new Map<string, Finding>()
  for (const detector of detectors)
    for (const finding of detector.find(subject)) {
      const key = `${finding.kind.code} ${finding.severity} ${finding.key}`
      const known = cases.get(key)
      cases.set(key, known === undefined ? finding : joined(known, finding))
    }
  const found = [...cases.values()].filter(
    (finding, index, all) => !isSaid(finding, all) && all.findIndex((other) => isAlike(other, finding)) === index,
  )
  return found
    .map((finding) => withFamily(finding, familiesWithRules(subject)))
    .map((finding) => asMeant(finding, subject.meant))
    .map((finding) => asConfigured(finding, subject))
    .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))
}

const familiesWithRules = ({ families, rulesets }: Subject): Family[] =>
  families.filter((family) => rulesOf(rulesets[family]).length > 0)

/** What the rules that the mesh itself makes by default have too is nobody's mistake here. */
function asMeant(finding: Finding, meant: ReadonlySet<string>): Finding {
  if (finding.severity === 'note' || !meant.has(patternOf(finding))) return finding
  return { ...finding, severity: 'note', what: `${finding.what}; so do the rules that the mesh itself makes` }
}

/** What passes the proxy since the config says so is nobody's mistake either. */
function asConfigured(finding: Finding, { isConfigured }: Subject): Finding {
  const { shown, severity, what } = finding
  if (severity === 'note' || shown === undefined || !isOpen(shown.behaviour) || !isConfigured(shown.flow))
    return finding
  return { ...finding, severity: 'note', what: `${what}, as the config says` }
}

/** What a finding about rules is, whatever the numbers in them. */
export const patternOf = ({ kind, key }: Finding): string => `${kind.code} ${key.replaceAll(/\d+/g, 'N')}`

/** What is found in rules alone, before anything is asked. */
export function findInRules(subject: RulesAlone): Finding[] {
  return [...unmatched.find(subject), ...doubled.find(subject)]
}

/** What reads the same and has the same cause is one case, whoever has met it. */
const isAlike = (one: Finding, other: Finding): boolean =>
  one.kind === other.kind &&
  one.severity === other.severity &&
  one.what === other.what &&
  one.rules[0]?.line === other.rules[0]?.line

/** A rule that is doubled is also one that never matches: once is enough. */
function isSaid({ kind, rules }: Finding, all: readonly Finding[]): boolean {
  if (kind.code !== 'rule-redundant' && kind.code !== 'rule-shadowed') return false
  const isSame = (other: Finding['rules'][number]): boolean => {
    const [own] = rules
    return (
      own !== undefined &&
      other.family === own.family &&
      other.table === own.table &&
      other.text === own.text &&
      other.rule === own.rule
    )
  }
  return all.some((other) => other.kind.code.endsWith('-doubled') && other.rules.some(isSame))
}

function joined(one: Finding, other: Finding): Finding {
  const isKnown = (rule: Finding['rules'][number]): boolean =>
    one.rules.some(
      ({ family, table, chain, rule: number }) =>
        family === rule.family && table === rule.table && chain === rule.chain && number === rule.rule,
    )
  return { ...one, rules: [...one.rules, ...other.rules.filter((rule) => !isKnown(rule))] }
}

/** Of a finding of one family alone it is said which. */
function withFamily(finding: Finding, families: readonly Family[]): Finding {
  const own = [
    ...new Set([...finding.rules.map(({ family }) => family), ...(finding.shown ? [finding.shown.flow.family] : [])]),
  ]
  const [only] = own
  if (families.length < 2 || own.length !== 1 || only === undefined || finding.kind.code.endsWith('left-open'))
    return finding
  return { ...finding, what: `${finding.what} (${only === 'ipv4' ? 'IPv4' : 'IPv6'})` }
}
