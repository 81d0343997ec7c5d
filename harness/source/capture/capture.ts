import { families as allFamilies, type Family } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import { plural } from '../../core/plural.ts'
import type { CapturedPod } from '../../flow/captured-pod.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { checkSize } from '../../iptables/words/bounds.ts'
import { compose } from './compose.ts'
import { contentsOf } from './contents.ts'
import { assumptions } from './damage.ts'
import { emptySet, setsNamedBy } from './sets/named-sets.ts'
import type { CaptureOptions } from './options.ts'
import type { Unit } from './units.ts'
import { routingIn, unsaidRouting } from './around/routing-in.ts'

export type { CaptureOptions } from './options.ts'

/** A line of a text that is no rule. */
export interface PassedOver {
  line: number
  text: string
}

/** A text that was copied from somewhere, cleaned, with what it holds of each family. */
export interface Capture {
  /** Those that it speaks of. Of any other nothing is known. */
  families: readonly Family[]
  /** Nothing told whose its rules are, nor did the caller. */
  isAssumed: boolean
  /** What was cleaned, assumed and left out: a line each. */
  notes: readonly string[]
  /** Lines that are no rules, in the order of the file. */
  passedOver: readonly PassedOver[]
  /** Where its first rule stands, from 1. */
  firstLine: number
  /** What it shows of the pod around its rules. */
  pod: CapturedPod
  /** What the text omits of its rules, so that they cannot be loaded: one line each. */
  unsaid: readonly string[]
  /**
   * What it says of one family, as iptables reads it.
   * @param podIPs what `$POD_IP` stands for. @throws HarnessError (`input`) with the place in the file.
   */
  rulesOf(family: Family, podIPs: readonly string[]): RuleText | undefined
  /** Maps an error from loading the rules to its place in the file. */
  locate(error: HarnessError, family: Family): HarnessError
}

/** RFC 5737 and RFC 3849 keep these for examples: which they are is of no importance before somebody asks for rules. */
const exampleIPs = ['192.0.2.1', '2001:db8::1']

/**
 * Cleans a captured text and determines the family of its rules.
 * @param cleaned what was cleaned before it was a text.
 * @throws HarnessError (`input`) if it has no rules, if the family of some is not known, if something is missing in it,
 * or no snapshot is meant; its message begins with the place.
 */
export function readCapture(text: string, options: CaptureOptions = {}, cleaned: readonly string[] = []): Capture {
  checkSize(text)
  const { complete: isComplete = false } = options
  const first = contentsOf(text, 'ipv4', exampleIPs, options)
  const families = allFamilies.filter((family) => first.units.some(({ told }) => told.includes(family)))
  const composedBefore = new Map<Family, ReturnType<typeof compose>>()
  const composedOf = (family: Family, podIPs: readonly string[]): ReturnType<typeof compose> => {
    const { units, found, missing } =
      family === 'ipv4' && podIPs === exampleIPs ? first : contentsOf(text, family, podIPs, options)
    const known = isComplete ? units.map(({ unknown: _, ...unit }) => unit) : units
    const composed = compose(known, family, podIPs, found.comments)
    const routing = routingIn(found, family, isComplete)
    if (composed !== undefined && routing !== undefined) composed.text.routing = routing
    if (composed !== undefined) {
      const assumed = isComplete ? missing.map(({ name }) => emptySet(name)) : []
      const sets = setsNamedBy(composed.text, [...assumed, ...found.sets.all])
      if (sets.length > 0) composed.text.sets = sets
    }
    composedBefore.set(family, composed)
    return composed
  }
  const told = [...cleaned, ...first.cleaned]
  const { passedOver } = first.found
  const { damages, unsaid, missing } = first
  const unsaidSets = missing.map(({ name, line, why }) => `line ${line}: the members of set ${name} (${why})`)
  const unsaidRules = unsaidRouting(first.found)
  return {
    families,
    isAssumed: first.isAssumed,
    notes: [
      ...(isComplete
        ? [
            ...assumptions(damages),
            ...unsaidNotes(unsaid),
            ...unsaidRules.map((each) => `assumed: ${each}; the rule is left out`),
            ...missing.map(
              ({ name, why }) => `assumed: set ${name} holds nothing, since its members are not known (${why})`,
            ),
          ]
        : [...unsaidByListing(unsaid), ...[...unsaidRules, ...unsaidSets].map((each) => `not known: ${each}`)]),
      ...first.notes,
      ...(told.length === 0 ? [] : [`cleaned: ${told.join(', ')}`]),
      ...(passedOver.length === 0
        ? []
        : [
            `passed over: ${passedOver.length === 1 ? 'a line that is no rule' : `${passedOver.length} lines that are no rules`}`,
          ]),
      ...legacyTables(text, first.found.units),
    ],
    passedOver: passedOver.map((line) => ({ line: line.number, text: line.text })),
    firstLine: first.units[0]?.first ?? 1,
    pod: first.found.around.pod,
    unsaid: isComplete ? [] : [...unsaid, ...unsaidRules, ...unsaidSets],
    rulesOf: (family, podIPs) => composedOf(family, podIPs)?.text,
    locate: (error, family) =>
      withAlternatives((composedBefore.get(family) ?? composedOf(family, exampleIPs))?.locate(error) ?? error),
  }
}

/** A chain that is made twice is most often one of several sets of rules of which a text tells. */
function withAlternatives(error: HarnessError): HarnessError {
  if (error.hint !== undefined || !/: Chain already exists: /.test(error.message)) return error
  const hint = 'where the text has several sets of rules, such as alternatives, paste one of them'
  return new HarnessError(error.fault, error.message, { cause: error, hint })
}

function unsaidNotes(unsaid: readonly string[]): string[] {
  return unsaid.length === 0
    ? []
    : [
        `assumed: what the listing does not say is not asked for: ${optionsIn(unsaid)} of ${plural(unsaid.length, 'rule')}`,
      ]
}

function unsaidByListing(unsaid: readonly string[]): string[] {
  return unsaid.length === 0
    ? []
    : [
        `not known: what the listing does not say of ${plural(unsaid.length, 'rule')}: ${optionsIn(unsaid)}; iptables-save says it, and --complete reads on as if they asked for none of it`,
      ]
}

function optionsIn(unsaid: readonly string[]): string {
  const kinds = [...new Set(unsaid.flatMap((each) => each.slice(each.indexOf(':') + 2).split(', ')))]
  return kinds.slice(0, 6).join(', ')
}

/** iptables-nft-save warns of what it does not show. */
function legacyTables(text: string, units: readonly Pick<Unit, 'backend'>[]): string[] {
  const [, program] = /^\s*# Warning: (ip6?tables)-legacy tables present/m.exec(text) ?? []
  return program === undefined || units.some(({ backend }) => backend === 'legacy')
    ? []
    : [`warning: there were tables of ${program}-legacy too, which this text does not hold`]
}
