/** A release of a distribution that has an image: what it is built on, and the iptables that it brings. */
export interface Release {
  base: `${'debian' | 'ubuntu' | 'alpine'}:${string}`
  iptables: string
}

/** What `npm run images` builds, oldest iptables first. Those of Alpine have musl in place of glibc. */
export const ownReleases: Readonly<Record<string, Release>> = {
  bullseye: { base: 'debian:bullseye-slim', iptables: '1.8.7' },
  jammy: { base: 'ubuntu:jammy', iptables: '1.8.7' },
  bookworm: { base: 'debian:bookworm-slim', iptables: '1.8.9' },
  noble: { base: 'ubuntu:noble', iptables: '1.8.10' },
  trixie: { base: 'debian:trixie-slim', iptables: '1.8.11' },
  'alpine-3.22': { base: 'alpine:3.22', iptables: '1.8.11' },
  'alpine-3.24': { base: 'alpine:3.24', iptables: '1.8.13' },
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
