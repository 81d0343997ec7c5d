import type { Expected, Hop, Observed, Station } from '../../flow/verdict.ts'
import type { Check, CheckResult } from '../../run/check.ts'
import { describeHop, describeStation } from './words.ts'

/** One step of an expected journey beside the observed one. */
export interface JourneyRow {
  expected: string
  observed: string
  /** The first step at which the two part. */
  isDifference: boolean
}

/** What an expectation says of a journey: its stations, and where it may go on to. */
interface Expectation {
  stations: readonly Station[]
  /** It ends at a receiver that is described so; `mayPass`: after listeners, each at most once. */
  end?: { text: string; mayPass: boolean }
  /** It may go on anywhere, or nowhere. */
  isOpen?: boolean
}

const dash = '–'

/**
 * Lays an observed journey beside the expected one. Where no step differs by itself, as when the right kind of station is the
 * wrong host, the journey's last step is marked, and the listener where that alone is about what it reads: the reason says more.
 */
export function compareJourneys(expected: Check['expected'], { verdict, journey }: Observed): JourneyRow[] {
  const { stations, end, isOpen = false }: Expectation = 'applies' in expected ? { stations: [] } : expectationOf(expected)
  const length = Math.max(stations.length + (end === undefined ? 0 : 1), journey.length)
  const rows = Array.from({ length }, (_, index) => {
    const station = stations[index]
    const observed = journey[index] === undefined ? dash : describeHop(journey[index])
    if (station !== undefined) return { expected: describeStation(station), observed, fits: journey[index]?.at === station }
    if (isOpen) return { expected: '(anywhere)', observed, fits: !isListener(journey[index]) || isFirstVisit(journey, index) }
    const endIndex = end?.mayPass ? length - 1 : stations.length
    if (end === undefined || index > endIndex) return { expected: dash, observed, fits: false }
    if (index === endIndex) return { expected: end.text, observed, fits: isReceiver(journey[index]) }
    return { expected: '(on the way)', observed, fits: isFirstVisit(journey, index) }
  })
  const first = rows.findIndex(({ fits }) => !fits)
  const isOfListener = verdict === 'captured' || ('verdict' in expected && expected.verdict === 'captured')
  const marked = first === -1 ? (isOfListener ? 0 : length - 1) : first
  return rows.map(({ expected, observed }, index) => ({ expected, observed, isDifference: index === marked }))
}

/** The step of a failed check's journey at which it parts from the expected one, from 0. */
export function partingStep({ check, status, observed }: CheckResult): { at: number; expected: string } | undefined {
  if (status !== 'failed' || observed === undefined) return undefined
  const rows = compareJourneys(check.expected, observed)
  const at = rows.findIndex(({ isDifference }) => isDifference)
  return at === -1 ? undefined : { at, expected: rows[at]?.expected ?? '' }
}

function expectationOf(expected: Expected): Expectation {
  switch (expected.verdict) {
    case 'redirected':
      if (expected.then !== undefined) return { stations: [expected.listener, ...expected.then] }
      return { stations: [expected.listener], end: { text: 'whoever owns the original destination', mayPass: true } }
    case 'captured':
      if (expected.then !== undefined) return { stations: [expected.listener, ...expected.then] }
      return { stations: [expected.listener], isOpen: true }
    case 'translated':
      return expected.then === undefined
        ? { stations: [], end: { text: `whoever owns ${expected.to}`, mayPass: false } }
        : { stations: expected.then }
    case 'direct':
      return expected.answeredBy === undefined
        ? { stations: [], end: { text: 'whoever owns the destination', mayPass: false } }
        : { stations: [expected.answeredBy] }
    case 'refused':
    case 'dropped':
      return { stations: [expected.verdict] }
    case 'looped':
      return { stations: ['looped'] }
  }
}

function isReceiver(hop: Hop | undefined): boolean {
  const others: readonly Station[] = ['outbound', 'inbound', 'refused', 'dropped', 'looped', 'self']
  return hop !== undefined && !others.includes(hop.at)
}

const isListener = (hop: Hop | undefined): boolean => hop?.at === 'outbound' || hop?.at === 'inbound'

function isFirstVisit(journey: readonly Hop[], index: number): boolean {
  const at = journey[index]?.at
  return isListener(journey[index]) && journey.findIndex((hop) => hop.at === at) === index
}
