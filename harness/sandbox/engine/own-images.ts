/** A release of a distribution that has an image. */
export interface Release {
  /** What it is built on, of Docker's official images: for every processor, and the same whenever it is pulled. */
  base: `${'debian' | 'ubuntu' | 'alpine'}:${string}@sha256:${string}`
  /** What it brings. */
  iptables: string
}

/** What builds them, for messages: an installed package has compiled files. */
export const buildCommand = import.meta.filename.endsWith('.ts') ? 'npm run images' : 'npx sidetrack images'

/** What that builds, oldest iptables first. Those of Alpine have musl in place of glibc. */
export const ownReleases: Readonly<Record<string, Release>> = {
  bullseye: {
    base: 'debian:bullseye-slim@sha256:f313b4bd62667092a59b3a664d7d3ab8b5e65f41675f48e81455a15dc5abe792',
    iptables: '1.8.7',
  },
  jammy: {
    base: 'ubuntu:jammy@sha256:962f6cadeae0ea6284001009daa4cc9a8c37e75d1f5191cf0eb83fe565b63dd7',
    iptables: '1.8.7',
  },
  bookworm: {
    base: 'debian:bookworm-slim@sha256:7c7b2c966bc9ee8cedfeef67e0e279108992c77681fa595db4a9d65c06ccc587',
    iptables: '1.8.9',
  },
  noble: {
    base: 'ubuntu:noble@sha256:c4a8d5503dfb2a3eb8ab5f807da5bc69a85730fb49b5cfca2330194ebcc41c7b',
    iptables: '1.8.10',
  },
  trixie: {
    base: 'debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f',
    iptables: '1.8.11',
  },
  'alpine-3.22': {
    base: 'alpine:3.22@sha256:14358309a308569c32bdc37e2e0e9694be33a9d99e68afb0f5ff33cc1f695dce',
    iptables: '1.8.11',
  },
  'alpine-3.24': {
    base: 'alpine:3.24@sha256:294b683cb724975bec92580e1e685676bd4b50bda910ddb8c51d4cabeaec77e6',
    iptables: '1.8.13',
  },
}

/** The image that holds Sidetrack itself: what it is called among the releases, on the engine, and what it is built on. */
export const toolName = 'tool'
export const toolImage = 'localhost/sidetrack/tool'
export const toolRelease = 'trixie'

const repository = 'localhost/sidetrack/iptables'

/** @returns what the image of a release is called on the engine. No registry answers to that name. */
export function imageOf(release: string): string {
  return `${repository}:${release}`
}

/** @returns what an image is called on the engine that a user names: one of our own by its release. */
export function imageNamed(name: string): string {
  return Object.hasOwn(ownReleases, name) ? imageOf(name) : name
}

/** An image as check ids and people name it: one of our own by its release. */
export function shortNameOf(image: string): string {
  const release = image.startsWith(`${repository}:`) ? image.slice(repository.length + 1) : image
  return Object.hasOwn(ownReleases, release) ? release : image
}
