import type { Found } from '../found.ts'
import type { ShellWord } from '../shell/syntax.ts'
import type { Line } from '../text/line.ts'
import { type Built, rulesOfFlags } from './flags.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

/**
 * What calls of builders come to. Where the rules stand below, they are what came of it.
 * @throws HarnessError (`input`) where they do not, and nothing built in makes the same of the flags.
 */
export function builtByCalls({ calls, units, notes }: Pick<Found, 'calls' | 'units' | 'notes'>): Built[] {
  return calls.flatMap((call) => {
    const { name, at, words } = call
    if (units.length > 0 && units.every(({ first }) => first > at.line)) {
      notes.push(`left out: the flags of ${name} in line ${at.line}, since the rules below show what came of it`)
      return []
    }
    if (name !== 'istio-iptables' || units.length > 0)
      throw wrongAt(
        at,
        `these are flags of ${name}, which makes rules of them, and no rules`,
        'capture what it made: its log, or iptables-save in the pod',
      )
    const argv = words.map((word) => ({ text: word.text, lines: [lineOf(word)] }))
    return rulesOfFlags({ kind: 'flags', argv, at: lineOf(at), environment: new Map() })
  })
}

const lineOf = ({ text, line, column }: ShellWord): Line => ({ text, number: line, shifts: [], columns: [column] })
