import type { Box, ValueSet } from '../../../classes/boxes/frame.ts'
import { joined } from '../../../classes/boxes/widest.ts'
import type { World } from '../../../classes/space/world.ts'
import { does } from '../../../netfilter/does.ts'
import { domainOf } from '../../../netfilter/field.ts'
import { IntervalSet } from '../../../netfilter/interval-set.ts'
import { type Base, type Rule, type Ruleset, rulesReached } from '../../../netfilter/ruleset.ts'
import { type MayHave, only } from './may-have.ts'
import { metOn, narrowed, type Way } from './met-flows.ts'

/** More parts of a box than that are not told apart: then the proxy may get all of it. */
const mostProxied = 8

/**
 * The flows of a box of which the proxy may get some packet: those to one of its ports, and those that some rule may
 * translate or hand to a socket.
 * @param rulesets of the box's family. @param isWhole of a connection nat sees the first packet alone.
 */
export function proxiedFlows(
  root: Box,
  may: MayHave,
  worlds: readonly World[],
  rulesets: readonly Ruleset[],
  isWhole: boolean,
): Box[] {
  const [world] = worlds
  const { family, protocol } = root.frame
  if (world === undefined || protocol === 'icmp') return []
  const sockets = worlds.flatMap(({ stack }) => stack.sockets)
  // Datagrams come to ports where it relays connections, too.
  const ports = sockets.flatMap((socket) =>
    socket.at !== 'app' && socket.protocol === protocol ? only(socket.port) : [],
  )
  const set = IntervalSet.from(domainOf('dport', family), ports) as unknown as ValueSet
  const found = [
    ...narrowed(root, { dimension: 'dport', set }),
    ...translating(rulesets).flatMap(([{ conditions }, base]) => {
      const odd = { literals: conditions.map((condition) => ({ condition, holds: true })), isFirst: false, base }
      const ways: readonly Way[] = base.type === 'nat' && isWhole ? ['own'] : ['own', 'back']
      return ways.flatMap((way) => metOn(way, odd, root, may.translated, world, [root]))
    }),
  ]
  const left = joined(found)
  return left.length > mostProxied ? [root] : left
}

/** Rules that may lead a packet to another socket, each with the base chain that it is reached from. */
const translating = (rulesets: readonly Ruleset[]): (readonly [Rule, Base])[] =>
  rulesets.flatMap(({ tables }) =>
    [...tables.values()].flatMap((table) =>
      [...table.chains.values()].flatMap(({ base }) =>
        base === undefined
          ? []
          : rulesReached(table, (other) => other === base).flatMap((rule) =>
              does(rule, 'redirect', 'dnat', 'netmap', 'tproxy') ? [[rule, base] as const] : [],
            ),
      ),
    ),
  )
