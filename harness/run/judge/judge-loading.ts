import type { RulesPlan } from '../../agent/protocol.ts'
import { times } from '../../core/times.ts'
import type { EndedInitContainer } from '../../flow/init-container.ts'
import { type Applied, atLine, atRule, type RuleText } from '../../flow/ruleset.ts'
import { findMesh, looksFirst } from '../../mesh/index.ts'
import type { CheckResult, ExpectedLoading } from '../checks/check.ts'
import type { PodJob } from '../checks/pod-job.ts'

/** Whose rules are loaded, and what loads them. */
export interface Loader {
  /** Whose promises are held: `istio@1.31`. */
  promised: string
  /** They are a scenario's config made rules by a stranger's builder. */
  isForeign: boolean
  /** What loads rules in this mesh looks at what stands in the pod first, and leaves its own as they are. */
  looksFirst: boolean
  /** What is applied later has been applied before. */
  isUnchanged: boolean
}

/** What is known of how a job's rules are loaded. */
export function loaderOf(
  { scenario, source, profile }: Pick<PodJob, 'scenario' | 'source' | 'profile'>,
  { rules }: RulesPlan,
): Loader {
  const mesh = findMesh(scenario.mesh)
  const textOf = ({ application: _, ...text }: RuleText): string => JSON.stringify(text)
  const first = new Set(rules.filter(({ application }) => application === undefined).map(textOf))
  return {
    promised: `${mesh.name}@${profile.release}`,
    isForeign: scenario.rules.kind === 'config' && source.profile === undefined,
    looksFirst: looksFirst(mesh, profile.release),
    isUnchanged: rules.every((text) => first.has(textOf(text))),
  }
}

type Judgement = Pick<CheckResult, 'status' | 'fault' | 'reason'>

/**
 * Judges how rules were loaded. At which line rules are rejected is a matter of their own text, so that a stranger's
 * need only be rejected as late as those of the mesh's own builder; if they are accepted that is nobody's fault.
 */
export function judgeLoading(
  expected: ExpectedLoading,
  { applied, initContainers }: Pick<CheckResult['rules'], 'initContainers'> & { applied: Applied | 'none' },
  loader: Loader,
): Judgement {
  if (expected.applies === 'accepted') return judgeAccepted(applied, initContainers?.at(-1), loader)
  const { at, orAt, leaves } = expected
  const should = `the rules should be rejected at line ${at}${orAt === undefined ? '' : ` or ${orAt}`}`
  if (applied === 'none' || applied.ok)
    return loader.isForeign
      ? {
          status: 'skipped',
          reason: `${should}, as those of ${loader.promised} are, but were accepted: these are others`,
        }
      : { status: 'failed', reason: `${should}, but were accepted` }
  const isThere = loader.isForeign ? applied.application !== undefined : [at, orAt].includes(applied.line)
  if (isThere && applied.leaves === leaves) return { status: 'passed' }
  return {
    status: 'failed',
    reason: `${should}, leaving ${leaves}, but were${atLine(applied)}, leaving ${applied.leaves}: ${applied.message}`,
  }
}

function judgeAccepted(
  applied: Applied | 'none',
  container: EndedInitContainer | undefined,
  { promised, looksFirst, isForeign, isUnchanged }: Loader,
): Judgement {
  if (applied === 'none' || applied.ok) return { status: 'passed' }
  if (applied.application === undefined)
    return { status: 'error', fault: 'rules', reason: describeRejection(applied, container) }
  const rejected = describeRejection(applied, container)
  // What loads them may look itself, as the mesh's own does, and may then load nothing.
  if (looksFirst && isForeign && isUnchanged)
    return {
      status: 'skipped',
      reason: `${rejected}. They are the same again, and ${promised} looks first and loads none then: whether what loads these does is not known`,
    }
  return { status: 'failed', reason: `${rejected}; an init container that is started again fails` }
}

/** How rules were rejected that should not have been. */
export function describeRejection(applied: Applied & { ok: false }, container: EndedInitContainer | undefined): string {
  const where = atRule(applied)
  const { message, application } = applied
  const again = application === undefined ? '' : `, applied ${times(application)},`
  if (container === undefined) return `the rules${again} are rejected${where}: ${message}`
  const { name, reason, exitCode } = container
  return `the init container ${name}${again} has ended with ${reason}, exit code ${exitCode}${where && `,${where}`}: ${message}`
}
