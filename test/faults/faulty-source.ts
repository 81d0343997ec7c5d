import { findBuilder } from '../../harness/mesh/index.ts'
import type { Profile } from '../../harness/mesh/profile.ts'
import { builtinSource } from '../../harness/source/kinds/builtin.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import { type Edit, means } from './edit.ts'

/** A built-in builder's text as another one would print it. */
export function changedSource(
  id: string,
  release: string,
  change: (text: string) => string,
  profile?: Profile,
  name = 'osm',
): RuleSource {
  const mesh = findBuilder(name)
  const builder = builtinSource(`${name}@${release}`, mesh, release)
  const text: RuleSource['text'] = async (request) => change(await builder.text(request))
  return {
    id,
    kind: 'builder',
    looksFirst: builder.looksFirst ?? false,
    profile: (request) => profile ?? mesh.profile(release, request),
    text,
    rules: async (request) => readSourceText(await text(request), request, id, 'sidetrack'),
  }
}

/** A rule text with a fault in every rule of this meaning; without such a rule it stays as it is. */
export function inject(text: string, pattern: string, edit: Edit): string {
  // A payload has one rule a line, a command chain stands on one line.
  const separator = text.includes(' && ') ? ' && ' : '\n'
  const lines = text.trimEnd().split(separator)
  const at = lines.flatMap((line, index) => (means(line, pattern) ? [index] : []))
  return at.length === 0 ? text : `${edit(lines, at).join(separator)}\n`
}
