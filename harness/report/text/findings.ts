import { atLine } from '../../flow/ruleset.ts'
import type { Behaviour, Difference, Place } from '../../findings/differences.ts'
import type { Environment } from '../../run/schedule/events.ts'
import { shortNameOf } from '../../sandbox/engine/own-images.ts'
import type { Paint } from '../writing/paint.ts'
import { printable } from '../writing/printable.ts'
import { scenarioName } from '../describing/scenario-name.ts'
import { plural } from '../../core/plural.ts'
import { describeCheck } from '../describing/describe-check.ts'
import { describeObserved } from '../describing/describe-observed.ts'
import { describeHop } from '../describing/stations.ts'

/** What fits on a screen; a report file has them all. */
const mostOfAll = 20

/** Everything on which iptables versions, backends or sandboxes disagree: which check, and what each of them does. */
export function describeFindings(
  findings: readonly Difference[],
  environments: readonly Environment[],
  paint: Paint,
  mostShown = mostOfAll,
): string {
  if (findings.length === 0) return ''
  const head = `${plural(findings.length, 'finding')}: the same rules do not do the same everywhere`
  const more =
    findings.length > mostShown
      ? [`  … and ${findings.length - mostShown} more; --reporter json=FILE has them all`]
      : []
  const shown = findings.slice(0, mostShown).flatMap((finding) => describeFinding(finding, environments, paint))
  return `${[paint(['yellow', 'bold'], head), ...shown, ...more].join('\n')}\n`
}

function describeFinding(
  { check, behaviours }: Difference,
  environments: readonly Environment[],
  paint: Paint,
): string[] {
  const isOfRules = behaviours.some(({ behaviour }) => 'applied' in behaviour)
  const what = isOfRules ? 'loading its rules' : `${describeCheck(check)} [${check.family}]`
  return [
    `  ${printable(scenarioName(check.scenario))}: ${printable(what)}`,
    ...behaviours.flatMap(({ behaviour, places }) => [
      `    ${printable(describeBehaviour(behaviour))}`,
      `      ${paint('dim', printable(`with ${places.map((place) => describePlace(place, environments)).join(', ')}`))}`,
    ]),
  ]
}

/** What happened, in words. */
export function describeBehaviour(behaviour: Behaviour): string {
  if ('observed' in behaviour) {
    const { observed } = behaviour
    const last = observed.journey.length > 1 ? observed.journey.at(-1) : undefined
    return `${describeObserved(observed)}${last === undefined ? '' : `, and on to the ${describeHop(last)}`}`
  }
  const { applied } = behaviour
  return applied.ok ? 'the rules are accepted' : `the rules are rejected${atLine(applied)}, leaving ${applied.leaves}`
}

/** `iptables-nft 1.8.9 in bookworm` */
function describePlace({ environment, backend }: Place, environments: readonly Environment[]): string {
  const { iptables = {}, image = null } = environments.find(({ id }) => id === environment) ?? {}
  const version = iptables[backend] === undefined ? '' : ` ${iptables[backend]}`
  return `iptables-${backend}${version}${image === null ? '' : ` in ${shortNameOf(image)}`}`
}
