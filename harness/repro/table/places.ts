import { type Family, familyOf, withoutPrefix, hostPrefix, families } from '../../core/address.ts'
import { networksOf } from '../../flow/networks-behind.ts'
import type { Link } from '../../flow/pod-plan.ts'
import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { addressesOfPrefix } from '../../netfilter/wide-values.ts'

/** Some addresses with a name in common. */
export interface Place {
  name: string
  family: Family
  prefixes: readonly string[]
}

/** Where what comes in by an interface may go: the pod, and behind each of its interfaces. */
export function placesOf(own: readonly string[], links: readonly Link[]): Place[] {
  const behind = links.filter((link) => link.behind !== undefined)
  if (behind.length === 0) return []
  return families.flatMap((family) => {
    const ofFamily = (prefix: string): boolean => familyOf(withoutPrefix(prefix)) === family
    return [
      {
        name: 'the pod itself',
        family,
        prefixes: own.filter((address) => familyOf(address) === family).map(hostPrefix),
      },
      ...behind.map((link) => ({ name: `behind ${link.name}`, family, prefixes: networksOf(link).filter(ofFamily) })),
    ]
  })
}

/**
 * Which of these places a set of addresses is about.
 * @param root all that there are. @returns undefined where it is all of them.
 */
export function placesIn(
  set: IntervalSet<Scalar>,
  root: IntervalSet<Scalar>,
  family: Family,
  places: readonly Place[],
  describe: (rest: IntervalSet<Scalar>) => string | undefined,
): string | undefined {
  if (root.intersect(set.complement()).isEmpty) return undefined
  let [left, all] = [set, root]
  const names: string[] = []
  for (const place of places.filter((each) => each.family === family)) {
    const there = IntervalSet.of<Scalar>(set.domain, ...place.prefixes.map(addressesOfPrefix))
    if (!left.intersect(there).isEmpty) names.push(place.name)
    left = left.intersect(there.complement())
    all = all.intersect(there.complement())
  }
  if (!left.isEmpty)
    names.push(all.intersect(left.complement()).isEmpty ? 'elsewhere' : (describe(left) ?? 'elsewhere'))
  return names.join(', ')
}
