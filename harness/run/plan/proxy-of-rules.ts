import { families } from '../../core/address.ts'
import type { Listener } from '../../flow/listener.ts'
import { noRouting } from '../../flow/policy-routing.ts'
import type { Profile } from '../../mesh/profile.ts'
import { type Ruleset, rulesOf } from '../../netfilter/ruleset.ts'
import { listed } from '../../core/conjoined.ts'
import { sparedIn } from './foreign-proxy.ts'
import { type Arrival, arrivalsOf, marksWhatIsSent, sparesByMark } from './redirect-arrivals.ts'

/** A proxy that nothing but the rules tells of, and the facts that it was taken from. */
interface OfRules {
  profile: Profile
  from: string
}

/** Of whom it is immaterial who they are, since no rule asks (the kernel's overflow UID, which nobody runs as). */
const nobody = { uid: 65_534, gid: 65_534, groups: [] }

/**
 * The proxy that captured rules are for where no mesh that is known has them: it listens where they send to, and runs
 * as whom they spare. Only what cannot be read otherwise is taken; rules that send nothing to a port of the pod's own
 * have no proxy.
 * @param podAddresses the pod's own.
 * @returns why the rules do not tell, in words, where they do not.
 */
export function proxyOfRules(
  rulesets: readonly Ruleset[],
  podAddresses: readonly string[],
): OfRules | { unknown: string } {
  const arrivals = rulesets.flatMap((ruleset) => arrivalsOf(ruleset, podAddresses))
  const own = { release: '', dialsOn, beside: noRouting, leftAlone: { inbound: [], outbound: [] } }
  if (arrivals.length === 0) {
    const profile = {
      ...own,
      mesh: 'none',
      ofRules: { title: 'none', chains: [] },
      families,
      proxy: nobody,
      listeners: [],
    }
    return {
      profile: { ...profile, spares: { uids: [], gids: [] } },
      from: 'rules that send nothing to a port of the pod',
    }
  }
  const ranges = arrivals.filter(({ ports }) => ports.first !== ports.last)
  if (ranges.length > 0) return { unknown: 'a range of ports is no listener' }
  const listeners = listenersOf(arrivals, rulesets.some(marksWhatIsSent))
  if ('unknown' in listeners) return listeners
  const spared = sparedIn(rulesets)
  const ids = (of: 'uid' | 'gid'): number[] => [
    ...new Set(spared.flatMap((each) => (each.of === of ? [each.range.first] : []))),
  ]
  const [uids, gids] = [ids('uid'), ids('gid')]
  if (spared.some(({ range }) => range.first !== range.last)) return { unknown: 'a range of IDs is no proxy’s' }
  if (uids.length > 1 || gids.length > 1)
    return {
      unknown: `which of ${listed([...uids.map((id) => `UID ${id}`), ...gids.map((id) => `GID ${id}`)])} the proxy runs as they do not tell`,
    }
  const id = uids[0] ?? gids[0]
  if (id === undefined && rulesets.some(spareAccounts))
    return { unknown: 'they spare an account by its name, and nothing tells its number' }
  if (id === undefined && rulesets.some(sparesByMark))
    return { unknown: 'they spare what its sender has marked, and no proxy here marks what it sends' }
  const proxy = id === undefined ? nobody : { uid: id, gid: gids[0] ?? id, groups: [] }
  const spares = { uids, gids }
  const chains = [...new Set(arrivals.flatMap(({ by }) => by))]
  const profile: Profile = {
    ...own,
    mesh: 'unknown',
    ofRules: { title: 'of no mesh that is known', chains },
    families: [...new Set(rulesets.map(({ family }) => family))],
    proxy,
    spares,
    listeners,
  }
  return { profile, from: [`where the rules send to (${portsOf(listeners)})`, ...whom(uids, gids)].join(' and ') }
}

const dialsOn: Profile['dialsOn'] = { inbound: 'loopback', outbound: 'service' }

function whom([uid]: readonly number[], [gid]: readonly number[]): string[] {
  if (uid === undefined && gid === undefined) return []
  const ids = [...(uid === undefined ? [] : [`UID ${uid}`]), ...(gid === undefined ? [] : [`GID ${gid}`])]
  return [`whom they spare (${ids.join(' and ')})`]
}

/** Whether somebody is spared by a name that only the machine knows from which the rules are. */
const spareAccounts = (ruleset: Ruleset): boolean =>
  rulesOf(ruleset).some(({ conditions, statements }) => {
    const isPassing = statements.some(({ kind }) => kind === 'return' || kind === 'accept')
    return conditions.some(
      (each) =>
        (each.kind === 'account' || (each.kind === 'field' && each.account !== undefined)) &&
        each.asked.negated !== isPassing,
    )
  })

/** `outbound 13031, inbound 13041` */
const portsOf = (listeners: readonly Listener[]): string =>
  [
    ...new Set(listeners.map(({ name, port, transparent }) => `${name} ${port}${transparent ? ' by TPROXY' : ''}`)),
  ].join(', ')

/**
 * What comes in by PREROUTING is inbound, even if the proxy's own calls of the pod are sent there as well; what is sent
 * there from OUTPUT alone is outbound.
 * @param isMarked whether what the pod sends gets a mark, by which it may be routed to come in by loopback.
 */
function listenersOf(arrivals: readonly Arrival[], isMarked: boolean): Listener[] | { unknown: string } {
  const byPort = Map.groupBy(arrivals, ({ ports: { first }, protocol }) => `${protocol} ${first}`)
  const made = [...byPort.values()].map((same): Listener & { isBoth: boolean } => {
    const [{ ports, protocol }] = same as [Arrival]
    const isInbound = same.some(({ from }) => from === 'inbound')
    const captures = same.every(({ isDns }) => isDns) ? 'dns' : isInbound ? 'inbound' : 'outbound'
    return {
      name: captures,
      port: ports.first,
      protocol,
      on: 'any',
      captures,
      ...(same.some(({ isTransparent }) => isTransparent) && { transparent: true as const }),
      speaks: captures === 'dns' ? 'dns' : 'relay',
      isBoth:
        captures === 'inbound' &&
        same.some(({ from, isTransparent }) => from === 'outbound' || (isTransparent && isMarked)),
    }
  })
  const both = made.find(
    ({ isBoth, protocol }) => isBoth && !made.some((other) => isOutbound(other) && other.protocol === protocol),
  )
  if (both !== undefined)
    return {
      unknown: `what comes in and what goes out is both sent to ${both.port}, and which of them that listener is for they do not tell`,
    }
  return made.map(({ isBoth: _, ...listener }) => listener)
}

const isOutbound = ({ captures }: Listener): boolean => captures === 'outbound'
