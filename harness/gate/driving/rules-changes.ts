import type { Family } from '../../core/address.ts'
import { backends as allBackends } from '../../flow/backend.ts'
import { type Applied, atRule } from '../../flow/ruleset.ts'
import type { Answers } from '../../run/witnesses/witness-pod.ts'
import { type Asked, familiesOf } from '../compared/ask.ts'
import { noCause } from '../changes/cause.ts'
import type { Change } from '../changes/change.ts'
import { describeConfig, type GateConfig } from '../compared/config.ts'
import type { Pair } from './options.ts'
import { backendText, type BackendPair, type Sides } from '../compared/sides.ts'

const [first] = allBackends
/** What no loading has to do with has nothing to do with a backend. */
const noBackend: BackendPair = { baseline: first, candidate: first }

/**
 * What one side makes rules for, and the other not: of a config as a whole, or of one family.
 * @param isAgain they were asked once more, with the rules of the first time in the pod.
 */
export function answerChanges(
  mesh: string,
  config: GateConfig,
  { baseline, candidate }: Sides<Asked>,
  families: readonly Family[],
  isAgain = false,
): Change[] {
  const subject = `the rules for ${describeConfig(config)}${isAgain ? ', applied twice' : ''}`
  const common = {
    config,
    backends: noBackend,
    cause: noCause,
  }
  if ('failed' in baseline || 'failed' in candidate) {
    if ('failed' in baseline && 'failed' in candidate) return []
    const words = (asked: Asked): string => ('failed' in asked ? `no rules: ${asked.failed}` : 'rules')
    const effect = 'failed' in candidate ? 'failed' : 'moved'
    const id = `${mesh}/witness/${config.name}/${isAgain ? 'again' : 'builder'}/all/all`
    return [
      {
        ...common,
        rules: isAgain ? 'again' : 'builder',
        id,
        effect,
        family: 'ipv4',
        subject,
        before: words(baseline),
        after: words(candidate),
      },
    ]
  }
  return families.flatMap((family): Change[] => {
    const [had, has] = [familiesOf(baseline).includes(family), familiesOf(candidate).includes(family)]
    if (had === has) return []
    const words = (isThere: boolean): string => (isThere ? `rules for ${family}` : `none for ${family}`)
    const id = `${mesh}/witness/${config.name}/family/all/${family}`
    return [
      {
        ...common,
        rules: 'family',
        id,
        effect: has ? 'moved' : 'failed',
        family,
        subject,
        before: words(had),
        after: words(has),
      },
    ]
  })
}

/** What became of loading, where that is not the same on both sides; `both` where both are rejected. */
export function rejectionChange(
  mesh: string,
  { config, backends, isAgain }: Pair,
  { baseline, candidate }: Sides<Answers>,
): Change | 'both' | undefined {
  const [before, after] = [rejection(baseline.applied), rejection(candidate.applied)]
  if (before === undefined && after === undefined) return undefined
  if (before !== undefined && after !== undefined) return 'both'
  return {
    id: `${mesh}/witness/${config.name}/${isAgain ? 'again' : 'rules'}/${backendText(backends)}/all`,
    effect: after === undefined ? 'moved' : 'failed',
    config,
    backends,
    rules: isAgain ? 'again' : 'loading',
    family: 'ipv4',
    subject: `the rules for ${describeConfig(config)}${isAgain ? ', applied twice' : ''}`,
    before: before ?? 'loaded',
    after: after ?? 'loaded',
    cause: noCause,
  }
}

function rejection(applied: Applied | 'none'): string | undefined {
  return applied === 'none' || applied.ok ? undefined : `rejected${atRule(applied)}: ${applied.message}`
}
