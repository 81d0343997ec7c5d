import type { Mesh } from '../../mesh/mesh.ts'
import { Answers } from './answers.ts'
import type { RuleSource } from '../rules/source.ts'
import { readSourceText } from '../rules/text.ts'

/**
 * The rules of a builder that is built in.
 * @throws HarnessError (`input`) if the mesh has no such release built in.
 */
export function builtinSource(id: string, mesh: Mesh, release: string): RuleSource {
  // An unknown release fails immediately.
  mesh.profile(release)
  const answers = new Answers(
    async (request) => mesh.build(release, request),
    (text, request) => readSourceText(text, request, id, 'sidetrack'),
  )
  return {
    id,
    kind: 'builder',
    looksFirst: mesh.looksFirst?.(release) ?? false,
    profile: (request) => mesh.profile(release, request),
    text: (request) => answers.text(request),
    rules: (request) => answers.rules(request),
  }
}
