import type { Family } from '../../core/address.ts'
import { asHarnessError } from '../../core/errors.ts'
import { emptyTree, loadText } from '../../iptables/ruleset/load.ts'
import { compose } from './compose.ts'
import type { ToldUnit } from './snapshots.ts'
import type { ScriptStep } from './units.ts'
import { wrongAt } from '../../iptables/words/place.ts'

/** Commands that run where others depend on them, and what is said of those that do not. */
export interface Evaluated {
  units: ToldUnit[]
  notes: string[]
}

/**
 * Leaves out commands that do not run, or fail without harm: `iptables -C … || iptables -A …`, `iptables -D … || true`.
 * Which do is found out by doing to an empty ruleset what the text says, as iptables does it.
 * @throws HarnessError (`input`) where that depends on what another program does.
 */
export function evaluate(
  units: readonly ToldUnit[],
  steps: readonly ScriptStep[],
  podIPs: readonly string[],
): Evaluated {
  if (!steps.some(({ before, isNegated }) => before !== undefined || isNegated)) return { units: [...units], notes: [] }
  const conditional = new Set(
    steps.filter(({ before, isNegated }) => before === '||' || isNegated).map(({ list }) => list),
  )
  const lists = new Map<number, ScriptStep[]>()
  for (const step of steps) lists.set(step.list, [...(lists.get(step.list) ?? []), step])
  const rulesets = { ipv4: emptyTree('ipv4'), ipv6: emptyTree('ipv6') }
  const added = { rules: 0 }
  const kept: ToldUnit[] = []
  const left: number[] = []
  /** How each list stands: how the last command of it that ran ended. */
  const ends = new Map<number, NonNullable<ScriptStep['ends']>>()
  const run = (unit: ToldUnit): boolean => {
    for (const family of unit.told) {
      const text = compose([{ ...unit, told: [family] }], family, podIPs)?.text
      if (text === undefined) continue
      try {
        loadText(rulesets[family as Family], text, undefined, added)
      } catch (thrown) {
        if (asHarnessError(thrown).fault !== 'input') throw thrown
        return false
      }
    }
    return true
  }
  for (const unit of units) {
    const { step } = unit
    if (step === undefined) {
      if (conditional.size > 0) run(unit)
      kept.push(unit)
      continue
    }
    const end = endBefore(lists.get(step.list) ?? [], step, ends)
    if (end === 'unknown')
      throw wrongAt(
        step,
        `whether this runs depends on what stands before its '${step.before}', which is not run`,
        'write out what it comes to',
      )
    if ((step.before === '&&' && end === 'badly') || (step.before === '||' && end === 'well')) continue
    const isRight = conditional.size === 0 || run(unit)
    ends.set(step.list, isRight === step.isNegated ? 'badly' : 'well')
    // Loading the rules reports a command that fails and so ends the script.
    if (isRight || !conditional.has(step.list)) kept.push(unit)
    else if (!isHarmless(lists.get(step.list) ?? [], step)) kept.push(unit)
    else left.push(step.line)
  }
  const checks = kept.filter((unit) => unit.step !== undefined && conditional.has(unit.step.list) && isCheck(unit))
  return {
    units: kept.filter((unit) => !checks.includes(unit)),
    notes:
      left.length === 0
        ? []
        : [
            `left out: ${left.length === 1 ? 'a command' : `${left.length} commands`} that would fail here, and may (line${left.length === 1 ? '' : 's'} ${listed(left)})`,
          ],
  }
}

const isCheck = ({ command }: ToldUnit): boolean =>
  command?.words.some(({ text }) => text === '-C' || text === '--check') === true

/** A failure has no further effect if an alternative follows it (`||`). */
const isHarmless = (list: readonly ScriptStep[], step: ScriptStep): boolean =>
  list.slice(list.indexOf(step) + 1).some(({ before }) => before === '||')

/** How what stands before a step in its list ended; steps of other programs are taken in on the way. */
function endBefore(
  list: readonly ScriptStep[],
  step: ScriptStep,
  ends: Map<number, NonNullable<ScriptStep['ends']>>,
): NonNullable<ScriptStep['ends']> {
  if (step.before === undefined || step.before === ';') {
    ends.delete(step.list)
    return 'well'
  }
  let end = ends.get(step.list) ?? 'well'
  const own = list.indexOf(step)
  for (let at = own - 1; at >= 0; at -= 1) {
    const other = list[at] as ScriptStep
    if (other.ends === undefined) break
    if (at === 0 || list[at - 1]?.ends === undefined) {
      for (const each of list.slice(at, own)) {
        const runs = !((each.before === '&&' && end === 'badly') || (each.before === '||' && end === 'well'))
        if (runs && each.ends !== undefined) end = each.ends
      }
      break
    }
  }
  return end
}

const listed = (lines: readonly number[]): string =>
  lines.length > 8 ? `${lines.slice(0, 8).join(', ')} and ${lines.length - 8} more` : lines.join(', ')
