import type { HarnessError } from '../core/errors.ts'
import type { CheckResult } from '../run/check.ts'
import { describeDeciding, describeDecidingLater } from './deciding.ts'
import { anyWay, describeWhere, type FailingPlace, failingPlaces } from './failing-places.ts'
import { printable } from './printable.ts'
import { scenarioName } from './scenario-name.ts'
import { plural } from './summary.ts'
import { describeCheck, describeExpected, describeObserved } from './words.ts'

/** GitHub shows no more errors than this of one step. */
export const mostAnnotations = 10

/** What a GitHub annotation is made from. */
interface Annotated {
  results: readonly CheckResult[]
  areEnvironmentsMany: boolean
  /** Why the run is not whole. */
  broken?: HarnessError | 'interrupted'
  /** A file as GitHub knows it: relative to the repository. */
  path: (file: string) => string
}

/** Workflow commands, one a line: an annotation for each line of a scenario file that went wrong, the most severe first. */
export function annotations({ results, areEnvironmentsMany, broken, path }: Annotated): string[] {
  const places = failingPlaces(results, anyWay)
  const run = broken === undefined ? [] : [command({ title: 'The run did not come to its end' }, reasonOf(broken))]
  const all = [...run, ...places.map((place) => annotation(place, areEnvironmentsMany, path))]
  if (all.length <= mostAnnotations) return all
  const shown = all.slice(0, mostAnnotations - 1)
  const rest = plural(all.length - shown.length, 'further place')
  return [...shown, command({ title: `${rest} not as expected` }, `GitHub shows no more than ${mostAnnotations} of a step.`)]
}

/** Why a run is not whole, in words. */
export function reasonOf(broken: HarnessError | 'interrupted'): string {
  return broken === 'interrupted' ? 'It was interrupted.' : broken.line
}

function annotation({ first, results }: FailingPlace, areEnvironmentsMany: boolean, path: Annotated['path']): string {
  const { check, observed, reason, decidedBy = {} } = first
  const [deciding, later] = [describeDeciding(decidedBy), describeDecidingLater(first)]
  const lines = [
    describeCheck(check),
    `expected: ${describeExpected(check)}`,
    ...(observed === undefined ? [] : [`observed: ${describeObserved(observed)}`]),
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...(deciding === undefined ? [] : [`decided by ${deciding}`]),
    ...(later === undefined ? [] : [`then by ${later}`]),
    `with ${describeWhere(results, areEnvironmentsMany)}`,
  ]
  const { file, line } = check.location
  return command({ file: path(file), line, title: scenarioName(check.scenario) }, lines.join('\n'))
}

/** `::error name=value,…::message` */
function command(properties: Readonly<Record<string, string | number>>, message: string): string {
  const named = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(printable(String(value)))}`)
  return `::error ${named.join(',')}::${escapeData(printable(message))}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
