import type { Dimension } from '../classes/boxes/frame.ts'
import { placeOfRule } from '../report/describing/near-misses.ts'
import type { FlowChange, WhyNot } from './why-not.ts'

/** How many of each kind of changes are shown: as many as fit on a screen, or all with `--verbose`. */
const mostShown = 4

const named: Readonly<Record<Dimension | 'protocol', string>> = {
  protocol: 'protocol',
  uid: 'UID',
  gid: 'GID',
  group: 'supplementary group',
  mark: 'mark',
  saddr: 'source',
  sport: 'source port',
  daddr: 'destination',
  dport: 'destination port',
}

/** The smallest changes, as lines of text. */
export function whyNotLines({ wanted, isSo, flow, rules, isWhole }: WhyNot, isVerbose: boolean): string[] {
  if (isSo) return [`It is ${wanted} as it is.`]
  const most = isVerbose ? Number.POSITIVE_INFINITY : mostShown
  const ofFlow = flow.map((changes) => `  the flow with ${changes.map(changeText).join(' and ')}`)
  const ofRules = rules.map((change) =>
    'without' in change
      ? `  the rules without ${change.without.map(placeOfRule).join(' and without ')}`
      : `  the rules if ${placeOfRule(change.rule)} did not ask for ${change.notAsking}`,
  )
  const lines = [...shown(ofFlow, most), ...shown(ofRules, most)]
  if (lines.length > 0) return [`What would make it ${wanted}:`, ...lines]
  const which = isWhole ? 'no flow that begins there' : 'no flow of those that were looked at'
  return [
    `Nothing that was tried would make it ${wanted}: by these rules ${which} is ${wanted}, and to take away one or two rules on its way is not enough.`,
  ]
}

const changeText = ({ what, to, from }: FlowChange): string => {
  const but = /^any but (.*)$/.exec(to)?.[1]
  return `${but === undefined ? `${named[what]} ${to}` : `any ${named[what]} but ${but}`} (it has ${from})`
}

const shown = (lines: readonly string[], most: number): string[] =>
  lines.length <= most
    ? [...lines]
    : [...lines.slice(0, most), `  … and ${lines.length - most} more; --verbose tells them`]
