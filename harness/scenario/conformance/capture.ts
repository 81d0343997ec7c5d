import type { Credentials, Identity } from '../../flow/identity.ts'
import type { Expected } from '../../flow/verdict.ts'
import type { Profile } from '../../mesh/profile.ts'
import { appPort, captured, direct, farAway, flow, type Part } from './part.ts'

export function capture(profile: Profile): Part[] {
  const [out, into] = [captured(profile, 'outbound'), captured(profile, 'inbound')]
  const said = (what: string, is: Expected): string =>
    `${what} TCP is ${is.verdict === 'direct' ? 'let through' : 'captured'} by default`
  return [
    {
      title: said('outbound', out),
      flows: [...farAway(profile, 80), ...farAway(profile, 65_535), 'peer:443'].flatMap((to) =>
        (['app', 'root'] as const).map((who) => [flow(who, 'tcp', to), out] as const),
      ),
    },
    {
      title: said('inbound', into),
      flows: [1, appPort, 65_535].map((port) => [flow('remote', 'tcp', `pod:${port}`), into] as const),
    },
  ]
}

/** Somebody with these IDs and nothing else that rules could ask for. */
const somebody = (uid: number, gid: number): Credentials => ({ uid, gid, groups: [] })

export function spared(profile: Profile): Part {
  const { proxy, spares } = profile
  const isSpared = ({ uid, gid }: Credentials): boolean => spares.uids.includes(uid) || spares.gids.includes(gid)
  const others = [
    ...spares.uids.flatMap((uid) => [uid - 1, uid + 1].map((near) => somebody(near, 1000))),
    ...spares.gids.flatMap((gid) => [gid - 1, gid + 1].map((near) => somebody(1000, near))),
  ].filter((who) => who.uid >= 0 && who.gid >= 0 && !isSpared(who))
  const own: Identity[] = [
    'proxy',
    ...spares.uids.map((uid) => somebody(uid, 1000)),
    ...spares.gids.map((gid) => somebody(1000, gid)),
  ]
  const out = captured(profile, 'outbound')
  return {
    title: `what is spared passes (the proxy as ${proxy.uid}:${proxy.gid}), and its neighbours do not`,
    flows: farAway(profile, 80).flatMap((to) => [
      ...own.map((who) => [flow(who, 'tcp', to), direct] as const),
      ...others.map((who) => [flow(who, 'tcp', to), out] as const),
    ]),
  }
}
