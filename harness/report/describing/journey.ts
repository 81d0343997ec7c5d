import type { CheckResult } from '../../run/checks/check.ts'
import type { ExpectedStep } from '../../run/checks/expected-journey.ts'
import { describeHop, describeStation } from './stations.ts'

/** One step of an expected journey beside the observed one. */
interface JourneyRow {
  expected: string
  observed: string
  /** The step at which the two part. */
  isDifference: boolean
}

const nothing = '–'

/** The journey of a failed check beside the expected one, step by step. */
export function journeyRows({ observed, parting }: Pick<CheckResult, 'observed' | 'parting'>): JourneyRow[] {
  if (observed === undefined) return []
  const { journey } = observed
  const { at, expected = [] } = parting ?? {}
  return Array.from({ length: Math.max(expected.length, journey.length) }, (_, index) => ({
    expected: describeStep(expected[index]),
    observed: journey[index] === undefined ? nothing : describeHop(journey[index]),
    isDifference: index === at,
  }))
}

/** A step that a journey is expected to have, in words; a dash where it should have ended. */
export function describeStep(step: ExpectedStep | undefined): string {
  switch (step?.kind) {
    case undefined:
      return nothing
    case 'station':
      return describeStation(step.at)
    case 'owner':
      return `whoever owns ${step.of}`
    case 'on-the-way':
      return '(on the way)'
    case 'anywhere':
      return '(anywhere)'
  }
}
