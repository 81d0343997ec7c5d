import { isSamePlace, type MatchedRule } from '../../../flow/matched-rule.ts'
import { decisionOn } from '../../../report/describing/deciding.ts'
import { describeHop } from '../../../report/describing/stations.ts'
import { htmlText as text } from '../../../report/reporters/html/escape.ts'
import { type Lane, laneOf, type PageRule } from '../../../report/reporters/html/lane.ts'
import { Table } from '../../../report/reporters/html/table.ts'
import { partsAt } from '../../changes/behaviour.ts'
import type { Change, Outcome } from '../../changes/change.ts'
import { onSides, sideNames, type Sides } from '../../compared/sides.ts'

/** What the page's script draws: flows with both of their lanes, and the rules that these have, by their places. */
export interface PathData {
  rules: PageRule[]
  flows: (Sides<Lane> & { sender: string; flow: string })[]
}

/** Collects the paths of a page. */
export class Paths {
  readonly #rules = new Table<PageRule>()
  readonly #flows: PathData['flows'] = []

  get data(): PathData {
    return { rules: this.#rules.rows, flows: this.#flows }
  }

  /**
   * Both paths of a flow: a place in which the script draws them, and the same in words, side by side, which is all
   * that there is without scripts.
   */
  add(outcomes: Sides<Outcome>, { subject, flow, before, after }: Change): string {
    const parts = partsAt(outcomes.baseline.observed, outcomes.candidate.observed)
    const lanes = onSides((side) => {
      const { observed, decidedBy } = outcomes[side]
      return laneOf(observed, decidedBy.observed ?? decidedBy.predicted, parts, this.#rules)
    })
    const index = this.#flows.push({ sender: flow?.sender ?? '', flow: subject, ...lanes }) - 1
    const says = { baseline: before, candidate: after }
    const heads = sideNames.map((side) => `<div><dt>${side}</dt><dd>${text(says[side])}</dd></div>`)
    const columns = sideNames.map((side) => `<section><h4>${side}</h4>${pathOf(outcomes[side], parts)}</section>`)
    return `<dl class="says">${heads.join('')}</dl><div class="picture" data-paths="${index}"></div>
<details class="words" open><summary>Both paths in words</summary><div class="sides">${columns.join('')}</div></details>`
  }
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
