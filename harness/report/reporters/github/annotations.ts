import type { HarnessError } from '../../../core/errors.ts'
import type { Cause, CauseFlow } from '../../describing/causes.ts'
import { causeFacts, countCause, describeCauseFlow, describeReason } from '../../describing/describe-cause.ts'
import { plural } from '../../../core/plural.ts'
import { workflowCommand } from './workflow-command.ts'

/** GitHub shows no more errors than this of one step. */
export const mostAnnotations = 10

/** Flows that an annotation names; the rest is counted. */
const mostFlows = 10

/** What GitHub annotations are made from. */
interface Annotated {
  causes: readonly Cause[]
  /** Why the run did not finish. */
  broken?: HarnessError | 'interrupted'
  /** A file as GitHub knows it, relative to the repository; undefined for one that is not in it. */
  path: (file: string) => string | undefined
  /** The builder or ruleset under test, and its file; undefined where scenarios run with their mesh's own rules. */
  builder: { file?: string } | undefined
}

/**
 * Workflow commands, one a line: an annotation for each cause, the most severe first. It points at what needs fixing:
 * the builder's file if its rules are under test, or else the first scenario's line.
 */
export function annotations({ causes, broken, path, builder }: Annotated): string[] {
  const run = broken === undefined ? [] : [command({ title: 'The run did not come to its end' }, reasonOf(broken))]
  const all = [...run, ...causes.map((cause) => annotation(cause, path, builder))]
  if (all.length <= mostAnnotations) return all
  const shown = all.slice(0, mostAnnotations - 1)
  const rest = plural(all.length - shown.length, 'further cause')
  return [
    ...shown,
    command({ title: `${rest} not as expected` }, `GitHub shows no more than ${mostAnnotations} of a step.`),
  ]
}

/** Why a run did not finish, in words. */
export function reasonOf(broken: HarnessError | 'interrupted'): string {
  return broken === 'interrupted' ? 'It was interrupted.' : broken.line
}

function annotation(cause: Cause, path: Annotated['path'], builder: Annotated['builder']): string {
  const [first] = cause.flows
  const all = new Set(cause.flows.flatMap(({ places }) => [...places]))
  const flows = cause.flows.slice(0, mostFlows).map((flow) => `- ${describeCauseFlow(flow, all)}`)
  const more = cause.flows.length - flows.length
  const lines = [
    ...causeFacts(cause).map(({ name, text }) => `${name}: ${text}`),
    ...flows,
    ...(more === 0 ? [] : [`and ${plural(more, 'further flow')}`]),
  ]
  return command(
    { ...placeOf(first, path, builder), title: `${countCause(cause)}: ${describeReason(cause)}` },
    lines.join('\n'),
  )
}

function placeOf(
  first: CauseFlow | undefined,
  path: Annotated['path'],
  builder: Annotated['builder'],
): { file?: string; line?: number } {
  if (builder !== undefined) {
    const file = builder.file === undefined ? undefined : path(builder.file)
    return file === undefined ? {} : { file }
  }
  const { location } = first?.result.check ?? {}
  const file = location && path(location.file)
  return location === undefined || file === undefined ? {} : { file, line: location.line }
}

const command = (properties: Readonly<Record<string, string | number>>, message: string): string =>
  workflowCommand('error', properties, message)
