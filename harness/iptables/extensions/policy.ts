import { wholeNumber } from '../c-numbers.ts'
import type { Match } from '../tree.ts'
import * as kinds from './kinds.ts'
import { flag, givenValue, has, type ModuleSpec, not, value } from './option.ts'

const policyElement = ['--reqid', '--spi', '--tunnel-src', '--tunnel-dst', '--proto', '--mode']

/** Elements are told apart by --next (policy_parse and policy_check in extensions/libxt_policy.c). */
function checkPolicy({ conditions }: Match): string | undefined {
  const elements: Match['conditions'][] = [[]]
  for (const condition of conditions)
    if (condition.option === '--next') elements.push([])
    else if (policyElement.includes(condition.option)) elements.at(-1)?.push(condition)
  const match: Match = { module: 'policy', conditions }
  if (!has(match, '--dir')) return 'needs --dir'
  const isStrict = has(match, '--strict')
  if (givenValue(match, '--pol') === 'none' && (isStrict || elements.length > 1)) return 'with --pol none has no --strict and no element'
  for (const element of elements) {
    const part: Match = { module: 'policy', conditions: element }
    if (new Set(element.map(({ option }) => option)).size < element.length) return 'has an option twice in one element'
    if (isStrict && element.length === 0 && givenValue(match, '--pol') !== 'none') return 'has an empty element, which --strict forbids'
    const mode = element.find(({ option }) => option === '--mode')
    const isTunnel = mode !== undefined && (givenValue(part, '--mode') === 'tunnel') !== mode.negated
    if (!isTunnel && (has(part, '--tunnel-src') || has(part, '--tunnel-dst')))
      return 'has --tunnel-src and --tunnel-dst in tunnel mode alone'
  }
  return elements.length > 4 ? 'has at most four elements' : undefined
}

const ipsec = kinds.kind('ah, esp or ipcomp', (written) =>
  [50, 51, 108].includes(kinds.protocolNumber(written) ?? Number(wholeNumber(written, 255) ?? 0n)),
)

/** `-m policy`. */
export const policy: ModuleSpec = {
  options: [
    value('--dir', kinds.oneOf('in', 'out')),
    value('--pol', kinds.oneOf('none', 'ipsec')),
    flag('--strict'),
    ...(
      [
        ['--reqid', kinds.number(32)],
        ['--spi', kinds.number(32)],
        ['--tunnel-src', kinds.network],
        ['--tunnel-dst', kinds.network],
        ['--proto', ipsec],
        ['--mode', kinds.oneOf('transport', 'tunnel')],
      ] as const
    ).map(([name, kind]) => value(name, kind, { ...not, repeatable: true })),
    flag('--next', { repeatable: true, needs: ['--strict'] }),
  ],
  check: checkPolicy,
}
