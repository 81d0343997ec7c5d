/** A release of a distribution that has an image, and the iptables that it brings. */
export interface Release {
  distribution: 'debian' | 'ubuntu'
  iptables: string
}

/** What `npm run images` builds, oldest iptables first. None is of musl libc: npm has no Node for it that could be brought along. */
export const ownReleases: Readonly<Record<string, Release>> = {
  bullseye: { distribution: 'debian', iptables: '1.8.7' },
  jammy: { distribution: 'ubuntu', iptables: '1.8.7' },
  bookworm: { distribution: 'debian', iptables: '1.8.9' },
  noble: { distribution: 'ubuntu', iptables: '1.8.10' },
  trixie: { distribution: 'debian', iptables: '1.8.11' },
}

const repository = 'localhost/sidetrack/iptables'

/** @returns what the image of a release is called on the engine. No registry answers to that name. */
export function imageOf(release: string): string {
  return `${repository}:${release}`
}

/** An image as check ids and people name it: one of our own by its release. */
export function shortNameOf(image: string): string {
  const release = image.startsWith(`${repository}:`) ? image.slice(repository.length + 1) : image
  return Object.hasOwn(ownReleases, release) ? release : image
}
