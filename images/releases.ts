/** The Debian releases there are images of, and the iptables that each of them brings. */
export const releases = { bullseye: '1.8.7', bookworm: '1.8.9', trixie: '1.8.11' } as const

export type Release = keyof typeof releases

/** @returns what the image of a release is called on the engine. No registry answers to that name. */
export function imageOf(release: Release): string {
  return `localhost/sidetrack/iptables:${release}`
}
