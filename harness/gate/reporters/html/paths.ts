import { type MatchedRule, isSamePlace } from '../../../flow/matched-rule.ts'
import { decisionOn } from '../../../report/describing/deciding.ts'
import { describeHop } from '../../../report/describing/stations.ts'
import { escapeHtml } from '../../../report/reporters/html/escape.ts'
import { printable } from '../../../report/writing/printable.ts'
import { partsAt } from '../../behaviour.ts'
import type { Outcome } from '../../change.ts'
import { sideNames, type Sides } from '../../sides.ts'

const text = (from: string): string => escapeHtml(printable(from))

/**
 * Both paths of a flow side by side: stations, and before each the rules that its packets matched, the deciding one
 * lit.
 */
export function pathsOf(outcomes: Sides<Outcome>, { before, after }: { before: string; after: string }): string {
  const parts = partsAt(outcomes.baseline.observed, outcomes.candidate.observed)
  const says = { baseline: before, candidate: after }
  const columns = sideNames.map(
    (side) =>
      `<section><h4>${side}</h4><p class="says">${text(says[side])}</p>${pathOf(outcomes[side], parts)}</section>`,
  )
  return `<div class="sides">${columns.join('')}</div>`
}

/** @param parts the step at which the two paths part. */
function pathOf({ observed, decidedBy }: Outcome, parts: number): string {
  const matched = decidedBy.observed ?? decidedBy.predicted
  const steps = observed.journey.map((hop, connection) => {
    const deciding = decisionOn(decidedBy, connection)?.rule
    const rules = (matched ?? [])
      .filter((rule) => rule.connection === connection)
      .map((rule) => rulePart(rule, isSamePlace(rule, deciding)))
    return `<li${connection === parts ? ' class="parts"' : ''}><ul class="way">${rules.join('')}</ul><strong>${text(describeHop(hop))}</strong></li>`
  })
  const unknown = matched === undefined ? '<p class="became">which rules matched is not known</p>' : ''
  return `<ol class="path">${steps.join('')}</ol>${unknown}`
}

function rulePart({ hook, table, chain, rule, text: ruleText }: MatchedRule, decides: boolean): string {
  const where = `${table} ${chain} rule ${rule}${chain === hook ? '' : `, from ${hook}`}`
  return `<li${decides ? ' class="lit"' : ''}><span>${text(where)}</span> <code>${text(ruleText)}</code>${decides ? ' <em>decides</em>' : ''}</li>`
}
