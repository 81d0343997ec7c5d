import type { Backend } from '../../flow/backend.ts'
import { findInRules, patternOf } from '../../findings/find-all.ts'
import { isBuiltIn, meshes } from '../../mesh/index.ts'
import type { Profile } from '../../mesh/profile.ts'
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
  const patterns = mesh.releases.flatMap((release) => {
    const made = families.flatMap((family) => {
      const request = {
        schema: 'sidetrack.config/1',
        mesh: name,
        config: {},
        podAnnotations: {},
        podIPs: exampleIPs[family],
        family,
      } as const
      return readSourceText(mesh.build(release, request), request, `${name}@${release}`, 'sidetrack') ?? []
    })
    return findInRules({ families, rulesets: rulesetsOf(made, backend) }).map(patternOf)
  })
  return new Set(patterns)
}

const exampleIPs = { ipv4: ['192.0.2.1'], ipv6: ['2001:db8::1'] } as const

/** The ports whose inbound connections the mesh leaves alone, in any of its releases. */
export function leftAloneBy({ mesh: name, leftAlone }: Profile): number[] {
  const mesh = meshes.get(name)
  const others = mesh?.releases.flatMap((release) => mesh.profile(release).leftAlone.inbound) ?? []
  return [...leftAlone.inbound, ...others]
}
