import { families, type Family } from '../../../harness/core/address.ts'
import { loadRules } from '../../../harness/iptables/ruleset/load.ts'
import { printRule } from '../../../harness/iptables/syntax/print.ts'
import { type CaptureOptions, readCapture } from '../../../harness/source/capture/capture.ts'

/** The rules that are read of a text, as they stand after loading: `ipv4 nat OUTPUT: -p tcp -j …`. */
export function readAs(text: string, options: CaptureOptions = {}): string[] {
  const capture = readCapture(text, options)
  return families.filter((family) => capture.families.includes(family)).flatMap((family) => rulesOf(capture, family))
}

function rulesOf(capture: ReturnType<typeof readCapture>, family: Family): string[] {
  const rules = capture.rulesOf(family, ['10.244.0.5', 'fd00::5'])
  const { tree, failed } = loadRules(rules === undefined ? [] : [rules], family)
  if (failed !== undefined) throw capture.locate(failed, family)
  return [...tree.tables.values()].flatMap(({ name, chains }) =>
    [...chains.values()].flatMap((chain) => [
      ...(chain.policy === undefined || chain.policy === 'DROP'
        ? [`${family} ${name} ${chain.name} ${chain.policy ?? '-'}`]
        : []),
      ...chain.rules.map((rule) => `${family} ${name} ${chain.name}: ${printRule(rule)}`),
    ]),
  )
}

/** What was done to read it, in a line each. */
export const notesOf = (text: string, options: CaptureOptions = {}): readonly string[] =>
  readCapture(text, options).notes
