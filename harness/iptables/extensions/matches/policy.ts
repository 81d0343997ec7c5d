import { wholeNumber } from '../../words/c-numbers.ts'
import { has, wordOf } from '../checks.ts'
import type { Asked, MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { kept } from '../lowering.ts'
import { type Given, chainsBefore, chainsBehind, flag, not, value } from '../option.ts'

const policyElement = ['--reqid', '--spi', '--tunnel-src', '--tunnel-dst', '--proto', '--mode']

/** Elements are told apart by --next (policy_parse and policy_check in extensions/libxt_policy.c). */
function checkPolicy(match: Asked): string | undefined {
  const elements: Given[][] = [[]]
  for (const given of match.options)
    if (given.option === '--next') elements.push([])
    else if (policyElement.includes(given.option)) elements.at(-1)?.push(given)
  if (!has(match, '--dir')) return 'needs --dir'
  const isStrict = has(match, '--strict')
  if (wordOf(match, '--pol') === 'none' && (isStrict || elements.length > 1))
    return 'with --pol none has no --strict and no element'
  for (const element of elements) {
    const part = { options: element }
    if (new Set(element.map(({ option }) => option)).size < element.length) return 'has an option twice in one element'
    if (isStrict && element.length === 0 && wordOf(match, '--pol') !== 'none')
      return 'has an empty element, which --strict forbids'
    const mode = element.find(({ option }) => option === '--mode')
    const isTunnel = mode !== undefined && (wordOf(part, '--mode') === 'tunnel') !== mode.negated
    if (!isTunnel && (has(part, '--tunnel-src') || has(part, '--tunnel-dst')))
      return 'has --tunnel-src and --tunnel-dst in tunnel mode alone'
  }
  return elements.length > 4 ? 'has at most four elements' : undefined
}

const ipsec = kinds.kind('ah, esp or ipcomp', (written) =>
  [50, 51, 108].includes(portKinds.protocolNumber(written) ?? Number(wholeNumber(written, 255) ?? 0n)),
)

/** `-m policy`. */
export const policy: MatchExtension = {
  ...kept,
  options: [
    value('--dir', kinds.oneOf('in', 'out'), { notIn: ([way]) => (way === 'out' ? chainsBefore : chainsBehind) }),
    value('--pol', kinds.oneOf('none', 'ipsec')),
    flag('--strict'),
    ...(
      [
        ['--reqid', kinds.number(32)],
        ['--spi', kinds.number(32)],
        ['--tunnel-src', addressKinds.network],
        ['--tunnel-dst', addressKinds.network],
        ['--proto', ipsec],
        ['--mode', kinds.oneOf('transport', 'tunnel')],
      ] as const
    ).map(([name, kind]) => value(name, kind, { ...not, repeatable: true })),
    flag('--next', { repeatable: true, needs: ['--strict'] }),
  ],
  check: checkPolicy,
}
