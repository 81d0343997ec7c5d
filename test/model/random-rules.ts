import fc, { type Arbitrary } from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { conditions, protocolPart, type Way } from './random-conditions.ts'
import { needsPorts, targetsOf } from './random-targets.ts'
import { pick } from './random-values.ts'

function rule(chain: string, way: Way, table: string, family: Family, below: readonly string[]): Arbitrary<string> {
  const jumps =
    below.length === 0 ? [] : [pick(below).map((name) => `-j ${name}`), pick(below).map((name) => `-g ${name}`)]
  const target = fc.oneof(
    targetsOf(table, chain, family).map((text) => `-j ${text}`),
    ...jumps,
    // A rule that only counts.
    fc.constant(''),
  )
  return fc
    .tuple(protocolPart(family), conditions(way, family), target, pick(['tcp', 'udp']))
    .map(([protocol, condition, wanted, fallback]) => {
      const asked = /,\S*\//.test(condition) ? condition.replace(/! (-[sd]) /g, '$1 ') : condition
      const isPortless = !/^-p (tcp|udp)/.test(protocol)
      const isRefused = wanted.includes('REJECT') && protocol.startsWith('! -p')
      // A datagram's answer that is not tracked with it is a connection of its own, and echo servers would never end.
      const first = /-j (CT|NOTRACK)|tcp-reset/.test(wanted)
        ? '-p tcp'
        : wanted.includes('TCPMSS')
          ? '-p tcp -m tcp --syn'
          : needsPorts(wanted) && isPortless
            ? `-p ${fallback}`
            : isRefused
              ? ''
              : protocol
      return ['-A', chain, first, asked, wanted].filter((part) => part !== '').join(' ')
    })
}

interface Shape {
  hooks: readonly [chain: string, way: Way][]
  own: readonly [chain: string, way: Way][]
}

const shapes: Readonly<Record<string, Shape>> = {
  nat: {
    hooks: [
      ['OUTPUT', 'out'],
      ['PREROUTING', 'in'],
      ['POSTROUTING', 'out'],
      ['INPUT', 'in'],
    ],
    own: [
      ['OUT_A', 'out'],
      ['OUT_B', 'out'],
      ['IN_A', 'in'],
      ['IN_B', 'in'],
    ],
  },
  mangle: {
    hooks: [
      ['OUTPUT', 'out'],
      ['PREROUTING', 'in'],
      ['INPUT', 'in'],
      ['POSTROUTING', 'out'],
    ],
    own: [
      ['OUT_A', 'out'],
      ['IN_A', 'in'],
    ],
  },
  filter: {
    hooks: [
      ['OUTPUT', 'out'],
      ['INPUT', 'in'],
      ['FORWARD', 'through'],
    ],
    own: [
      ['OUT_A', 'out'],
      ['IN_A', 'in'],
    ],
  },
  // At INPUT the two backends ask nat and security in different orders.
  security: {
    hooks: [
      ['OUTPUT', 'out'],
      ['FORWARD', 'through'],
    ],
    own: [],
  },
  raw: {
    hooks: [
      ['OUTPUT', 'out'],
      ['PREROUTING', 'in'],
    ],
    own: [['OUT_A', 'out']],
  },
}

function table(name: string, family: Family): Arbitrary<string> {
  const { hooks, own } = shapes[name] ?? { hooks: [], own: [] }
  const most = name === 'nat' ? 4 : 2
  const chains = [...hooks, ...own].map(([chain, way]) => {
    const at = own.findIndex(([other]) => other === chain)
    const isSource = name === 'nat' && (chain === 'POSTROUTING' || chain === 'INPUT')
    const below = own
      .filter(([, otherWay], index) => index > at && otherWay === way && !isSource)
      .map(([other]) => other)
    return fc.array(rule(chain, way, name, family, below), { maxLength: most })
  })
  return fc
    .tuple(
      fc.tuple(...chains),
      name === 'nat'
        ? fc.constant([])
        : fc.subarray(
            hooks.map(([chain]) => chain),
            { maxLength: 1 },
          ),
      fc.nat(5),
    )
    .map(([rules, closed, dice]) =>
      [
        `*${name}`,
        ...(dice === 0 ? closed : []).map((chain) => `:${chain} DROP [0:0]`),
        ...own.map(([chain]) => `:${chain} - [0:0]`),
        ...rules.flat(),
        'COMMIT',
        '',
      ].join('\n'),
    )
}

/** A payload of one family: nat always, other tables now and then. */
export function ruleText(family: Family): Arbitrary<RuleText> {
  const sometimes = (name: string) => fc.option(table(name, family), { nil: '', freq: 2 })
  return fc
    .tuple(table('nat', family), sometimes('mangle'), sometimes('filter'), sometimes('raw'), sometimes('security'))
    .map((tables) => ({ form: 'restore', family, payload: tables.join('') }))
}
