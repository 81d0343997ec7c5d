import { type HarnessError, inputError } from '../../core/errors.ts'
import type { Found } from './found.ts'
import { isListingHead } from './text/kinds.ts'

const capture = 'capture it with iptables-save and ip6tables-save, as root'
const inPod = 'run iptables-save in the pod, as root'

/** What people paste that speaks of rules and has none, and what to paste in its place. */
const withoutRules: readonly (readonly [pattern: RegExp, what: string, hint: string])[] = [
  [
    /^[ \t]*"?kind"?:\s*"?Event"?,?\s*$|^LAST SEEN\s+TYPE\s+REASON\b/m,
    'these are events of Kubernetes, which have no rules',
    `paste the init container's log (kubectl logs POD -c NAME), or ${inPod}`,
  ],
  [
    /\bTRACE: \w+:\S+:(?:rule|policy|return):\d+ |^[ \t]*(?:trace id [\da-f]{8} |PACKET: \d+ )/m,
    'these lines tell the way of packets, and have no rules',
    inPod,
  ],
  [
    /^[ \t]*(?:- )?(?:ansible\.builtin\.)?iptables:\s*$/m,
    "the text has tasks of Ansible's, and not the rules that they come to",
    'run iptables-save where they were run, as root',
  ],
  [
    /^[ \t]*"?kind"?:\s*"?[A-Z][A-Za-z]+"?,?\s*$/m,
    'no container in this manifest makes rules, and none is among its texts',
    `paste the pod as it runs (kubectl get pod NAME -o yaml), or ${inPod}`,
  ],
]

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
  const [, other] = /^[ \t]*# Warning: (ip6?tables-legacy) tables present/m.exec(text) ?? []
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
  const listed = passedOver.find(({ text }) => isListingHead(text))
  if (listed !== undefined)
    return inputError(
      `line ${listed.number}`,
      'these rows are of a chain, and its name is not there',
      "copy the line above them too, such as 'Chain OUTPUT (policy ACCEPT)', with the command that printed it",
    )
  const [, does, paste] = withoutRules.find(([pattern]) => pattern.test(text.slice(0, 100_000))) ?? []
  if (does !== undefined) return inputError('line 1', does, paste)
  if (/^[ \t]*#[ \t]*(?:\*(?:raw|mangle|nat|filter)\s*$|-A [A-Z])/m.test(text))
    return inputError(
      'line 1',
      "every rule of the text stands behind a '#'",
      "take the '#' away from those that are in force",
    )
  const isComment = passedOver.length === 0 && hashed === 0
  return inputError(
    'line 1',
    isComment ? 'the text has no rules, only comments' : 'nothing in the text is a rule',
    capture,
  )
}
