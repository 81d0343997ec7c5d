import type { Family } from '../../core/address.ts'
import { isCapturing, type Listener } from '../../flow/listener.ts'
import { meshes, newestRelease } from '../../mesh/index.ts'
import type { MeshPromise, ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import { type Ruleset, rulesOf } from '../../netfilter/ruleset.ts'
import { listed } from '../../core/conjoined.ts'
import { redirectedTo, redirectsOf, sparedIn } from './foreign-proxy.ts'
import { arrivalsOf } from './redirect-arrivals.ts'
import { profileUnder } from './request.ts'

/** Whose proxy rules are for, and what says so: `ISTIO_* chains, 15001, 15006, UID and GID 1337`. */
interface Recognised {
  profile: Profile
  from: string
}

/**
 * Works out whose proxy rules are for: whose names their chains have, or else who alone has a proxy that listens where
 * they send to and runs as whom they spare. What they say must fit that mesh's newest release.
 * @param podAddresses the pod's own.
 * @param request what the rules are made from, as far as that is known.
 * @returns why nobody can tell, in words, where nobody can; and whether nothing in them is a known mesh's.
 */
export function proxyFromRules(
  rulesets: readonly Ruleset[],
  podAddresses: readonly string[],
  request: ProfileRequest,
): Recognised | { unknown: string; isOfNobody: boolean } {
  const found = factsOf(rulesets, podAddresses)
  const named = [...meshes.values()].flatMap((mesh) => {
    const prefix = mesh.chains?.find((begin) => found.chains.some((name) => name.startsWith(begin)))
    return prefix === undefined ? [] : [{ mesh, prefix }]
  })
  if (named.length > 1)
    return { unknown: `they have chains of ${listed(named.map(({ mesh }) => mesh.title))}`, isOfNobody: false }
  const [own] = named
  if (own !== undefined) {
    const profile = fittingProfile(own.mesh, found, request) ?? profileOfOthers(own.mesh, found, request)
    const chains = `${own.prefix}* chains`
    return profile === undefined
      ? {
          unknown: `their ${chains} are ${own.mesh.title}'s, but that does not fit its proxy: they ${told(found)}`,
          isOfNobody: isForeign(own.mesh, found, request),
        }
      : {
          profile,
          from: [chains, ...evidence(found), ...(profile.unlike === undefined ? [] : [profile.unlike])].join(', '),
        }
  }
  if (found.ports.length === 0 || found.ids.length === 0)
    return { unknown: `they ${told(found)}, and have chains of no mesh that is known`, isOfNobody: true }
  const fitting = [...meshes.values()].flatMap((mesh) => fittingProfile(mesh, found, request) ?? [])
  const [only, ...others] = fitting
  if (only !== undefined && others.length === 0) return { profile: only, from: evidence(found).join(', ') }
  return {
    unknown: `they ${told(found)}, which ${fitting.length === 0 ? 'no mesh that is known has' : `several meshes have`}`,
    isOfNobody: true,
  }
}

interface Facts {
  chains: readonly string[]
  /** Where they send to, and whether only a transparent listener takes it. */
  ports: readonly { port: number; isTransparent: boolean }[]
  ids: readonly { of: 'uid' | 'gid'; id: number }[]
  /** Ranges of ports and IDs, which fit nobody. */
  hasRanges: boolean
  /** Of which packets are sent to the pod's own ports. */
  families: readonly Family[]
  /** Where what comes in is sent to. */
  inboundPorts: readonly number[]
  /** The marks that what is captured must not have. */
  unmarked: readonly number[]
  /** Ports that they ask for. */
  named: readonly number[]
  /** Whether packets get the mark of the connection that they belong to. */
  restoresMark: boolean
}

function factsOf(rulesets: readonly Ruleset[], podAddresses: readonly string[]): Facts {
  const chains = rulesets.flatMap(({ tables }) => [...tables.values()].flatMap((table) => [...table.chains.keys()]))
  const redirects = redirectsOf(rulesets, podAddresses)
  const spares = sparedIn(rulesets)
  const singles = spares.filter(({ range }) => range.first === range.last)
  // A proxy runs as one user: a range beside that is of others who are spared.
  const spared = singles.length > 0 ? singles : spares
  const ports = new Map<number, Facts['ports'][number]>()
  for (const { range, isTransparent } of redirects)
    ports.set(range.first, {
      port: range.first,
      isTransparent: isTransparent || ports.get(range.first)?.isTransparent === true,
    })
  const ids = new Map(spared.map(({ of, range }) => [`${of} ${range.first}`, { of, id: range.first }]))
  return {
    chains: [...new Set(chains)],
    ports: [...ports.values()].sort((a, b) => a.port - b.port),
    ids: [...ids.values()],
    hasRanges: [...redirects, ...spared].some(({ range }) => range.first !== range.last),
    families: [...new Set(redirects.map(({ family }) => family))],
    inboundPorts: [
      ...new Set(
        rulesets
          .flatMap((ruleset) => arrivalsOf(ruleset, podAddresses))
          .flatMap(({ from, isDns, ports: { first } }) => (from === 'inbound' && !isDns ? first : [])),
      ),
    ],
    unmarked: [...new Set(rulesets.flatMap((ruleset) => marksExcludedIn(ruleset, podAddresses)))],
    named: [...new Set(rulesets.flatMap(destinationPortsIn))],
    restoresMark: rulesets.some((ruleset) =>
      rulesOf(ruleset).some(({ statements }) =>
        statements.some((each) => each.kind === 'connmark' && each.action === 'restore'),
      ),
    ),
  }
}

/** Marks that rules ask not to be there where they capture: the proxy's own. */
const marksExcludedIn = (ruleset: Ruleset, podAddresses: readonly string[]): number[] =>
  rulesOf(ruleset).flatMap((rule) =>
    redirectedTo(rule, podAddresses).length === 0 || rule.statements.some(({ kind }) => kind === 'tproxy')
      ? []
      : rule.conditions.flatMap((condition) =>
          condition.kind === 'field' && condition.field === 'mark' && condition.asked.negated
            ? Number((condition.asked.value ?? '').split('/', 1)[0])
            : [],
        ),
  )

const destinationPortsIn = (ruleset: Ruleset): number[] =>
  rulesOf(ruleset).flatMap(({ conditions }) =>
    conditions.flatMap((condition) =>
      condition.kind === 'field' && condition.field === 'dport'
        ? condition.in.intervals.flatMap(({ first, last }) => (first === last ? first : []))
        : [],
    ),
  )

/**
 * The first of the mesh's variants that has all of what the rules name, and one of those whom they spare if they spare
 * any.
 */
function fittingProfile(
  mesh: MeshPromise,
  facts: Facts,
  request: ProfileRequest,
  release = newestRelease(mesh),
): Profile | undefined {
  const usual = variantsOf(mesh, request, release)
  const others = release === newestRelease(mesh) ? (mesh.others?.(request) ?? []) : []
  const ports = facts.ports.flatMap(({ port, isTransparent }) => (isTransparent ? port : []))
  const asTaken = (profiles: readonly Profile[]): Profile[] =>
    [...profiles, ...profiles.map((profile) => takingTransparently(profile, ports))].filter((profile) =>
      fits(profile, facts),
    )
  const fitting = asTaken(usual)
  // Rules of a proxy with a slip in them are still that one's, unless they are just those of another one.
  const exact = [...fitting, ...asTaken(others)].filter((profile) => suits(profile, facts))
  const all = exact.length > 0 ? exact : fitting
  return all.find((profile) => hasFamilies(profile, facts)) ?? all[0]
}

/** Whether it listens for all families that they send to it. */
const hasFamilies = ({ families }: Profile, facts: Facts): boolean =>
  facts.families.every((family) => families.includes(family))

const variantsOf = (mesh: MeshPromise, request: ProfileRequest, release: string): Profile[] =>
  (mesh.variants ?? [{}]).map((variant) =>
    profileUnder((asked) => mesh.profile(release, asked), { ...request, ...variant }),
  )

/** Whether the rules are made for just how this proxy takes connections and dials on. */
function suits({ listeners, dialsOn: { inbound, own, mark }, neverNames = [] }: Profile, facts: Facts): boolean {
  const takesInbound = ({ captures }: Listener): boolean =>
    captures === 'inbound' || (own !== undefined && captures === 'outbound')
  const isTaken = (port: number): boolean => listeners.some((each) => each.port === port && takesInbound(each))
  if (!facts.inboundPorts.every(isTaken) || neverNames.some((port) => facts.named.includes(port))) return false
  const isMarked = mark !== undefined && facts.unmarked.includes(mark)
  if (isMarked !== facts.unmarked.length > 0 || (mark !== undefined && !isMarked)) return false
  const isTransparent = facts.ports.some((each) => each.isTransparent)
  if (inbound === 'loopback') return !facts.restoresMark
  // What comes back to an address that is not the pod's needs a mark by which it is delivered.
  return inbound.from === 'client' ? facts.restoresMark : !isTransparent
}

/**
 * The proxy of a mesh that somebody names, as captured rules need it: the variant that listens where they send to, or
 * else the usual one that has their families, with its listeners transparent where they send to them by TPROXY. A text
 * shows no option of a socket.
 * @param release by default the newest.
 */
export function namedProfile(
  mesh: MeshPromise,
  rulesets: readonly Ruleset[],
  request: ProfileRequest,
  release = newestRelease(mesh),
): Profile {
  const facts = factsOf(rulesets, request.podIPs)
  const own = mesh.profile(release, request)
  const usual = [own, ...variantsOf(mesh, request, release)].find((each) => hasFamilies(each, facts)) ?? own
  const ports = facts.ports.flatMap(({ port, isTransparent }) => (isTransparent ? port : []))
  return (
    fittingProfile(mesh, { ...facts, ids: [], hasRanges: false }, request, release) ?? takingTransparently(usual, ports)
  )
}

function takingTransparently(profile: Profile, ports: readonly number[]): Profile {
  const listeners = profile.listeners.map((listener) =>
    isCapturing(listener) && ports.includes(listener.port) ? { ...listener, transparent: true as const } : listener,
  )
  return { ...profile, listeners }
}

/**
 * The same where the proxy runs as somebody else, as options of meshes have it: its ports tell that it is the mesh's,
 * and the rules spare whom it runs as. @returns undefined where they spare nobody, or name no port.
 */
function profileOfOthers(mesh: MeshPromise, facts: Facts, request: ProfileRequest): Profile | undefined {
  if (facts.ports.length === 0 || facts.ids.length === 0) return undefined
  const found = fittingProfile(mesh, { ...facts, ids: [] }, request)
  if (found === undefined) return undefined
  const idsOf = (of: 'uid' | 'gid'): number[] => facts.ids.filter((each) => each.of === of).map(({ id }) => id)
  const [uids, gids] = [idsOf('uid'), idsOf('gid')]
  const proxy = { uid: uids[0] ?? found.proxy.uid, gid: gids[0] ?? uids[0] ?? found.proxy.gid, groups: [] }
  return { ...found, proxy, spares: { uids, gids } }
}

/** Whether nothing but names of chains is the mesh's: its own rules with one number wrong are not another proxy's. */
function isForeign(mesh: MeshPromise, { ports, ids, hasRanges }: Facts, request: ProfileRequest): boolean {
  const { proxy, spares, listeners } = mesh.profile(newestRelease(mesh), request)
  const own = { uid: [proxy.uid, ...spares.uids], gid: [proxy.gid, ...spares.gids] }
  return (
    !hasRanges &&
    ports.length > 0 &&
    ids.length > 0 &&
    !ports.some(({ port }) => listeners.some((listener) => listener.port === port)) &&
    !ids.some(({ of, id }) => own[of].includes(id))
  )
}

function fits({ proxy, spares, listeners }: Profile, { ports, ids, hasRanges }: Facts): boolean {
  const capturing = listeners.filter(isCapturing)
  const isHeard = ({ port, isTransparent }: Facts['ports'][number]): boolean =>
    capturing.some((listener) => listener.port === port && (!isTransparent || listener.transparent))
  const own = { uid: [proxy.uid, ...spares.uids], gid: [proxy.gid, ...spares.gids] }
  return !hasRanges && ports.every(isHeard) && (ids.length === 0 || ids.some(({ of, id }) => own[of].includes(id)))
}

/** `15001, 15006, UID and GID 1337` */
function evidence({ ports, ids }: Facts): string[] {
  const uids = ids.filter(({ of }) => of === 'uid').map(({ id }) => id)
  const gids = ids.filter(({ of }) => of === 'gid').map(({ id }) => id)
  const numbers = ports.map(({ port, isTransparent }) => `${port}${isTransparent ? ' by TPROXY' : ''}`)
  if (uids.length === 1 && gids.length === 1 && uids[0] === gids[0]) return [...numbers, `UID and GID ${uids[0]}`]
  return [...numbers, ...uids.map((id) => `UID ${id}`), ...gids.map((id) => `GID ${id}`)]
}

function told(facts: Facts): string {
  const ports = facts.ports.map(({ port }) => `${port}`)
  const ids = facts.ids.map(({ of, id }) => `${of.toUpperCase()} ${id}`)
  const parts = [
    ...(ports.length > 0 ? [`redirect to ${listed(ports)}`] : []),
    ...(ids.length > 0 ? [`spare ${listed(ids)}`] : []),
  ]
  return parts.length === 0 ? 'redirect to no port and spare nobody' : parts.join(' and ')
}
