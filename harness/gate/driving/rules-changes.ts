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
  if ('failed' in baseline || 'failed' in candidate) {
    if ('failed' in baseline && 'failed' in candidate) return []
    return [builderChange(mesh, config, { baseline: said(baseline), candidate: said(candidate) }, candidate, isAgain)]
  }
  return families.flatMap((family): Change[] => {
    const [had, has] = [familiesOf(baseline).includes(family), familiesOf(candidate).includes(family)]
    if (had === has) return []
    const words = (isThere: boolean): string => (isThere ? `rules for ${family}` : `none for ${family}`)
    const id = `${mesh}/witness/${config.name}/family/all/${family}`
    return [
      {
        config,
        backends: noBackend,
        cause: noCause,
        rules: 'family',
        id,
        effect: has ? 'moved' : 'failed',
        family,
        subject: subjectOf(config),
        before: words(had),
        after: words(has),
      },
    ]
  })
}

/** @returns how a new builder fails of which there is nothing to be compared with. */
export function aloneChange(mesh: string, config: GateConfig, candidate: Asked): Change[] {
  if (!('failed' in candidate)) return []
  return [builderChange(mesh, config, { baseline: 'no builder', candidate: said(candidate) }, candidate)]
}

const said = (asked: Asked): string => ('failed' in asked ? `no rules: ${asked.failed}` : 'rules')

function builderChange(
  mesh: string,
  config: GateConfig,
  { baseline: before, candidate: after }: Sides<string>,
  candidate: Asked,
  isAgain = false,
): Change {
  return {
    config,
    backends: noBackend,
    cause: noCause,
    rules: isAgain ? 'again' : 'builder',
    id: `${mesh}/witness/${config.name}/${isAgain ? 'again' : 'builder'}/all/all`,
    effect: 'failed' in candidate ? 'failed' : 'moved',
    family: 'ipv4',
    subject: subjectOf(config, isAgain),
    before,
    after,
  }
}

const subjectOf = (config: GateConfig, isAgain = false): string =>
  `the rules for ${describeConfig(config)}${isAgain ? ', applied twice' : ''}`

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
    subject: subjectOf(config, isAgain),
    before: before ?? 'loaded',
    after: after ?? 'loaded',
    cause: noCause,
  }
}

function rejection(applied: Applied | 'none'): string | undefined {
  return applied === 'none' || applied.ok ? undefined : `rejected${atRule(applied)}: ${applied.message}`
}
