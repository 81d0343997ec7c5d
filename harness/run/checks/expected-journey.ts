import { type Expected, type Hop, isListener, isReceiver, type Station } from '../../flow/verdict.ts'

/** What one step of a journey is expected to be. */
export type ExpectedStep =
  | { kind: 'station'; at: Station }
  /** Whoever owns an address: the destination, the original destination, or an endpoint as the scenario has it. */
  | { kind: 'owner'; of: string }
  /** On the way to the end: a listener that the flow has not met before. */
  | { kind: 'on-the-way' }
  /** Anywhere but at a listener that the flow has met before. */
  | { kind: 'anywhere' }

/**
 * The journey that an expectation asks for.
 * @param length of the journey that it is held against: where listeners may lie on the way to the end, the end is its
 * last step.
 */
export function expectedJourney(expected: Expected, length: number): ExpectedStep[] {
  switch (expected.verdict) {
    case 'redirected': {
      const owner: ExpectedStep = { kind: 'owner', of: 'the original destination' }
      return [
        station(expected.listener),
        ...(expected.then?.map(station) ?? [...between(length - 2, 'on-the-way'), owner]),
      ]
    }
    case 'captured':
      return [station(expected.listener), ...(expected.then?.map(station) ?? between(length - 1, 'anywhere'))]
    case 'translated':
      return [{ kind: 'owner', of: expected.to }, ...(expected.then ?? []).map(station)]
    case 'direct':
      return [
        expected.answeredBy === undefined ? { kind: 'owner', of: 'the destination' } : station(expected.answeredBy),
      ]
    case 'refused':
    case 'dropped':
    case 'looped':
      return [station(expected.verdict)]
  }
}

const station = (at: Station): ExpectedStep => ({ kind: 'station', at })

const between = (steps: number, kind: 'on-the-way' | 'anywhere'): ExpectedStep[] =>
  Array.from({ length: Math.max(steps, 0) }, () => ({ kind }))

/**
 * The first step, from 0, at which a journey is at another kind of station than expected; it may be one that is missing
 * or too many.
 */
export function firstDifference(expected: readonly ExpectedStep[], journey: readonly Hop[]): number | undefined {
  const steps = Array.from({ length: Math.max(expected.length, journey.length) }, (_, index) =>
    fits(expected[index], journey, index),
  )
  const at = steps.indexOf(false)
  return at === -1 ? undefined : at
}

function fits(expected: ExpectedStep | undefined, journey: readonly Hop[], index: number): boolean {
  const at = journey[index]?.at
  if (expected === undefined || at === undefined) return false
  switch (expected.kind) {
    case 'station':
      return expected.at === at
    case 'owner':
      return isReceiver(at)
    case 'on-the-way':
      return isListener(at) && !isRepeated(journey, index)
    case 'anywhere':
      return at !== 'looped' && !(isListener(at) && isRepeated(journey, index))
  }
}

const isRepeated = (journey: readonly Hop[], index: number): boolean =>
  journey.slice(0, index).some(({ at }) => at === journey[index]?.at)
