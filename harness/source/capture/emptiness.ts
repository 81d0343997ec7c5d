import { type HarnessError, inputError } from '../../core/errors.ts'
import type { Found } from './found.ts'

const capture = 'capture it with iptables-save and ip6tables-save, as root'

/** Why a text has no rules, and what to capture in its place. */
export function emptiness(text: string, { passedOver, hashed, collected, notes }: Found): HarnessError {
  const [failed] = collected.lacking.filter(({ program }) => /^ip6?tables/.test(program))
  if (failed !== undefined)
    return inputError(
      `line ${failed.line}`,
      `there are no rules, since ${failed.program} ${failed.why}`,
      failed.why === 'is not there'
        ? 'run the script where iptables is, such as by nsenter from the node'
        : 'run the script as root with CAP_NET_ADMIN, such as by nsenter from the node',
    )
  const [, refused] =
    notes.map((note) => /^left out: (line \d+), which iptables refused/.exec(note)).find(Boolean) ?? []
  if (refused !== undefined)
    return inputError(refused, 'iptables refused what was run there, and the text has no other rules', capture)
  if (text.trim() === '') return inputError('line 1', 'the text is empty', capture)
  const [, other] = /^\s*# Warning: (ip6?tables-legacy) tables present/m.exec(text) ?? []
  if (other !== undefined)
    return inputError(
      'line 1',
      `the text has no rules, and says that there are some of ${other}`,
      `capture them with ${other}-save, as root`,
    )
  if (/^\s*\{[\s\S]*"(?:config|podAnnotations|podIPs|schema)"\s*:/.test(text.slice(0, 2000)))
    return inputError(
      'line 1',
      'the text is a config, and has no rules',
      'write --config FILE; rules are captured with iptables-save',
    )
  if (/^import\b.*'sidetrack'/m.test(text.slice(0, 20_000)))
    return inputError('line 1', 'the text is a scenario, and no captured rules', 'write sidetrack run FILE')
  const isComment = passedOver.length === 0 && hashed === 0
  return inputError(
    'line 1',
    isComment ? 'the text has no rules, only comments' : 'nothing in the text is a rule',
    capture,
  )
}
