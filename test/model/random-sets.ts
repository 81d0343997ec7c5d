import fc, { type Arbitrary } from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import { type IpSet, type SetMember, type SetMemberPart, type SetType, setTypes } from '../../harness/flow/ip-set.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import type { Case } from './pod.ts'
import { randomCase } from './random.ts'
import { addresses, pick, ports } from './random-values.ts'

/** Those that a kernel usually has. */
const types: readonly SetType[] = [
  'hash:ip',
  'hash:net',
  'hash:ip,port',
  'hash:net,port',
  'hash:ip,port,ip',
  'hash:ip,port,net',
  'hash:net,iface',
  'bitmap:port',
]

const address = (family: Family, part: 'ip' | 'net'): Arbitrary<SetMemberPart> => {
  const [full, lengths] = family === 'ipv4' ? [32, [8, 24, 28, 31, 32]] : [128, [16, 48, 64, 127, 128]]
  return fc
    .tuple(pick(addresses[family]), part === 'ip' ? fc.constant(full) : pick(lengths))
    .map(([own, prefix]) => ({ is: part, address: own, ...(part === 'net' && { prefix }) }))
}

const port = (hasProtocol: boolean): Arbitrary<SetMemberPart> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(pick([6, 6, 17]), pick(ports), fc.nat(2), fc.nat(9))
        .map(([protocol, first, dice, more]): SetMemberPart => {
          return {
            is: 'port',
            protocol: hasProtocol ? protocol : 0,
            port: first,
            ...(dice === 0 && { last: first + more }),
          }
        }),
    },
    ...(hasProtocol
      ? [
          {
            weight: 1,
            arbitrary: pick([[1, 8 * 256] as const, [1, 0] as const, [58, 128 * 256] as const]).map(
              ([protocol, own]): SetMemberPart => ({ is: 'port', protocol, port: own }),
            ),
          },
        ]
      : []),
  )

const iface = pick(['eth0', 'net1', 'lo']).map((name): SetMemberPart => ({ is: 'iface', name }))

function member(family: Family, type: SetType): Arbitrary<SetMember> {
  const parts = (setTypes[type] as readonly string[]).map((part): Arbitrary<SetMemberPart> => {
    if (part === 'port') return port(type !== 'bitmap:port')
    return part === 'iface' ? iface : address(family, part === 'net' ? 'net' : 'ip')
  })
  const isOfNets = type.includes('net')
  return fc
    .tuple(fc.tuple(...parts), isOfNets ? fc.nat(3) : fc.constant(1))
    .map(([own, dice]) => ({ parts: own, ...(dice === 0 && { nomatch: true as const }) }))
}

const set = (family: Family, name: string): Arbitrary<IpSet> =>
  pick(types).chain((type) =>
    fc.tuple(fc.array(member(family, type), { maxLength: 6 }), fc.nat(3)).map(([members, dice]) => ({
      name,
      type,
      family,
      ...(type === 'bitmap:port' && { range: ['0', '65535'] as const }),
      ...(type === 'hash:ip' && family === 'ipv4' && dice === 0 && { netmask: 24 }),
      // The same networks in a set are one member, the last of which says whether it counts.
      members: [...new Map(members.map((one) => [JSON.stringify(one.parts), one])).values()],
    })),
  )

const base = ['SET0', 'SET1', 'SET2', 'SET3']
/** iptables takes no set of the other family, but for one in another set. */
const names = ['SET0', 'SET1', 'SET2', 'LIST']

/** Sets, and one that holds two of them. */
function sets(family: Family): Arbitrary<IpSet[]> {
  const other = family === 'ipv4' ? 'ipv6' : 'ipv4'
  const list: IpSet = {
    name: 'LIST',
    type: 'list:set',
    family: 'ipv4',
    members: ['SET0', 'SET3'].map((name) => ({ parts: [{ is: 'set', name }] })),
  }
  return fc
    .tuple(...base.map((name) => fc.nat(3).chain((dice) => set(name === 'SET3' && dice === 0 ? other : family, name))))
    .map((found) => [...found, list])
}

const directions = fc.array(pick(['src', 'dst', 'dst']), { minLength: 1, maxLength: 3 }).map((words) => words.join(','))

const match = fc
  .tuple(fc.nat(2), pick(names), directions, fc.nat(4))
  .map(
    ([not, name, where, dice]) =>
      `-m set ${not === 0 ? '! ' : ''}--match-set ${name} ${where}${dice === 0 ? ' --return-nomatch' : ''}`,
  )

const rule = (chains: readonly string[], targets: readonly string[]): Arbitrary<string> =>
  fc
    .tuple(pick(chains), match, fc.option(match, { freq: 1, nil: '' }), pick(targets))
    .map(([chain, first, second, target]) =>
      `-A ${chain} ${target.startsWith('REDIRECT') ? '-p tcp ' : ''}${first} ${second} -j ${target}`.replace(
        / +/g,
        ' ',
      ),
    )

function tables(): Arbitrary<string> {
  const some = (chains: readonly string[], targets: readonly string[], most: number) =>
    fc.array(rule(chains, targets), { maxLength: most })
  return fc
    .tuple(
      some(['PREROUTING', 'OUTPUT'], ['MARK --set-mark 1', 'RETURN'], 2),
      some(['PREROUTING', 'OUTPUT'], ['REDIRECT --to-ports 15001', 'REDIRECT --to-ports 15003', 'RETURN'], 4),
      some(['INPUT', 'OUTPUT', 'FORWARD'], ['DROP', 'ACCEPT', 'REJECT'], 3),
    )
    .map(([mangle, nat, filter]) =>
      Object.entries({ mangle, nat, filter })
        .map(([table, lines]) => `*${table}\n${lines.join('\n')}\nCOMMIT\n`)
        .join(''),
    )
}

/** Rules that ask about sets, and flows at the boundaries of what they ask. */
export function randomSetCase(family: Family, flows: number): Arbitrary<Case> {
  return fc
    .tuple(randomCase(family, flows), sets(family), tables())
    .map(([{ inner, flows: sent }, own, payload]): Case => {
      const text: RuleText = { form: 'restore', family, payload, sets: own }
      return { inner, rules: [text], flows: sent }
    })
}
