import type { Mesh } from '../mesh/mesh.ts'
import { Answers } from './answers.ts'
import type { RuleSource } from './source.ts'
import { readSourceText } from './text.ts'

/**
 * The rules of a builder that is built in.
 * @throws HarnessError (`input`) if the mesh has no such release built in.
 */
export function builtinSource(id: string, mesh: Mesh, release: string): RuleSource {
  // An unknown release fails immediately.
  mesh.profile(release)
  const texts = new Answers(async (request) => mesh.build(release, request))
  return {
    id,
    kind: 'builder',
    profile: (request) => mesh.profile(release, request),
    text: (request) => texts.for(request),
    rules: async (request) => readSourceText(await texts.for(request), request, id, 'sidetrack'),
  }
}
