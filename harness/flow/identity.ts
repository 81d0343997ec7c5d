/** What a process runs as: `/proc/PID/status` Uid, Gid and Groups, as xt_owner sees them. */
export interface Credentials {
  uid: number
  gid: number
  /** Supplementary groups, without the primary one. */
  groups: readonly number[]
}

/** The highest group whose sockets may send echo requests without privileges (net/ipv4/ping.c, GID_T_MAX). */
export const largestPingGroup = 2147483647

/** Identities that a scenario names; `proxy` is what the profile of the rules says (OSM 1500:0, Istio 1337:1337). */
export type IdentityName = 'app' | 'proxy' | 'root' | 'remote'

/** An identity as a scenario writes it: a name, or numbers of its own. */
export type Identity = IdentityName | Credentials

/**
 * What the named identities run as, but for `proxy`. `remote` is the client on a peer: no rule of the pod sees its UID.
 */
export const namedCredentials: Readonly<Record<Exclude<IdentityName, 'proxy'>, Credentials>> = {
  app: { uid: 1000, gid: 1000, groups: [] },
  root: { uid: 0, gid: 0, groups: [] },
  remote: { uid: 2000, gid: 2000, groups: [] },
}

/** @param proxy what the rules' profile says the proxy runs as. */
export function credentialsOf(identity: Identity, proxy: Credentials): Credentials {
  if (typeof identity === 'object') return identity
  return identity === 'proxy' ? proxy : namedCredentials[identity]
}

/** `1000:1000` or `1000:1000+1500` with supplementary groups: one spelling for each set of credentials. */
export function formatCredentials({ uid, gid, groups }: Credentials): string {
  return [`${uid}:${gid}`, ...groups].join('+')
}

/** How an identity is written in ids and reports: its name, or its numbers. */
export function formatIdentity(identity: Identity): string {
  return typeof identity === 'string' ? identity : formatCredentials(identity)
}

/** Reads what `formatIdentity` writes. @returns undefined if it is something else. */
export function parseIdentity(text: string): Identity | undefined {
  if (text === 'proxy' || Object.hasOwn(namedCredentials, text)) return text as IdentityName
  const [, uid, gid, groups = ''] = /^(\d+):(\d+)((?:\+\d+)*)$/.exec(text) ?? []
  if (uid === undefined) return undefined
  return { uid: Number(uid), gid: Number(gid), groups: groups.split('+').slice(1).map(Number) }
}
