import { inputError } from '../../core/errors.ts'

/**
 * Releases that are built in, oldest first, by what they are called here: their newest one without the patch number.
 */
export const releases = ['1.5', '1.17', '1.31'] as const
export type Release = (typeof releases)[number]

/**
 * The first patch release that prints the same text: up to 1.5.2 it was `--to-port` (tools/istio-iptables, by its
 * tags).
 */
const firstPatch: Readonly<Record<Release, number>> = { '1.5': 3, '1.17': 0, '1.31': 0 }

/** Whether a release has what Istio has had since another one. @param since such as `1.12`. */
export function has(release: Release, since: string): boolean {
  return minorOf(release) >= minorOf(since)
}

/**
 * Finds the built-in release that prints the same text.
 * @param version such as `1.17.8`; two numbers stand for their newest patch release.
 * @throws HarnessError (`input`) if no built-in release prints the text of this version, with the nearest one.
 */
export function resolveRelease(version: string): Release {
  const [, major, minor = '', patch] = /^(\d+)\.(\d{1,4})(?:\.(\d+))?$/.exec(version) ?? []
  const found = releases.find(
    (release) => major === '1' && release === `1.${Number(minor)}` && Number(patch ?? Infinity) >= firstPatch[release],
  )
  if (found !== undefined) return found
  const near = major === '1' ? `; nearest is istio@${nearest(Number(minor))}` : ''
  throw inputError(`istio@${version}`, `this release of Istio is not built in${near}`, `built in are ${builtIn()}`)
}

function nearest(minor: number): Release {
  const distance = (release: Release): number => Math.abs(minorOf(release) - minor)
  return releases.reduce((best, release) => (distance(release) < distance(best) ? release : best))
}

function builtIn(): string {
  return releases
    .map((release) => (firstPatch[release] === 0 ? release : `${release} (from ${release}.${firstPatch[release]} on)`))
    .join(', ')
}

function minorOf(release: string): number {
  return Number(release.split('.')[1])
}
