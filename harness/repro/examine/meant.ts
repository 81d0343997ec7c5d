import type { Family } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import { findInRules, patternOf } from '../../findings/find-all.ts'
import { isBuiltIn, meshes } from '../../mesh/index.ts'
import type { Mesh } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { readSourceText } from '../../source/rules/text.ts'
import { rulesetsOf } from './rulesets.ts'

const meantBefore = new Map<string, ReadonlySet<string>>()

/** What is found in the rules that a built-in mesh makes of an empty config, in each of its releases. */
export function meantBy(profile: Profile, backend: Backend): ReadonlySet<string> {
  const key = [profile.mesh, ...profile.families, backend].join(' ')
  const found = meantBefore.get(key) ?? findMeant(profile, backend)
  meantBefore.set(key, found)
  return found
}

function findMeant({ mesh: name, families }: Profile, backend: Backend): ReadonlySet<string> {
  const mesh = meshes.get(name)
  if (mesh === undefined || !isBuiltIn(mesh)) return new Set()
  const patterns = mesh.releases.flatMap((release) =>
    findInRules({ families, rulesets: builtByDefault(mesh, release, families, backend) }).map(patternOf),
  )
  return new Set(patterns)
}

/** The rules that a mesh makes of an empty config; undefined where no builder of it is built in. */
export function defaultRules({ mesh: name, release, families }: Profile, backend: Backend): Rulesets | undefined {
  const mesh = meshes.get(name)
  return mesh !== undefined && isBuiltIn(mesh) ? builtByDefault(mesh, release, families, backend) : undefined
}

type Rulesets = Record<Family, Ruleset>

function builtByDefault(mesh: Mesh, release: string, families: readonly Family[], backend: Backend): Rulesets {
  const made = families.flatMap((family) => {
    const request = {
      schema: 'sidetrack.config/1',
      mesh: mesh.name,
      config: {},
      podAnnotations: {},
      podIPs: exampleIPs[family],
      family,
    } as const
    return readSourceText(mesh.build(release, request), request, `${mesh.name}@${release}`, 'sidetrack') ?? []
  })
  return rulesetsOf(made, backend)
}

const exampleIPs = { ipv4: ['192.0.2.1'], ipv6: ['2001:db8::1'] } as const

/** The ports whose inbound connections the mesh leaves alone, in any of its releases. */
export function leftAloneBy({ mesh: name, leftAlone }: Profile): number[] {
  const mesh = meshes.get(name)
  const others = mesh?.releases.flatMap((release) => mesh.profile(release).leftAlone.inbound) ?? []
  return [...leftAlone.inbound, ...others]
}
