/** Releases from one to another, both included; a missing end is open. */
export interface ReleaseRange {
  from?: string
  to?: string
}

const release = /^\d+(\.\d+){1,2}$/

/**
 * Reads how a scenario names releases: `1.2` (that one), `>=1.1`, `<=0.11`, `0.9 - 0.11`.
 * @throws TypeError if the text is none of these.
 */
export function parseReleases(text: string): ReleaseRange {
  const [from, to, ...rest] = text.split(' - ')
  if (from !== undefined && to !== undefined && rest.length === 0 && release.test(from) && release.test(to)) {
    if (compareReleases(from, to) > 0) throw new TypeError(`no release lies in '${text}': write the older one first`)
    return { from, to }
  }
  const bounded = /^(>=|<=)?(.+)$/.exec(text)
  const version = bounded?.[2] ?? ''
  if (!release.test(version))
    throw new TypeError(`not a range of releases: '${text}'; write 1.2, >=1.1, <=0.11 or 0.9 - 0.11`)
  if (bounded?.[1] === '>=') return { from: version }
  if (bounded?.[1] === '<=') return { to: version }
  return { from: version, to: version }
}

/**
 * @param version a release; one of two numbers such as `1.2` stands for its newest patch release, so it lies within
 * `<=1.2.3` and `>=1.2.3` alike only as far as its first two numbers decide.
 */
export function includesRelease({ from, to }: ReleaseRange, version: string): boolean {
  return (
    (from === undefined || compareReleases(version, from) >= 0) &&
    (to === undefined || compareReleases(version, to) <= 0)
  )
}

/** Orders releases by number; they are compared only as far as both are written, so 1.1 equals 1.1.3. */
export function compareReleases(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}
