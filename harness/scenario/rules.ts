import * as v from 'valibot'
import { isObject, object, text, words } from '../input/fields.ts'
import { meshes } from '../mesh/index.ts'
import { annotations, checkedRules, data, type MeshRules } from '../mesh/rules.ts'

const mesh = words([...meshes.keys()])

/** Rules as a mesh's function and `ruleText` make them. */
export const rulesSchema = v.lazy((input) =>
  isObject(input) && input['kind'] === 'text'
    ? object({ kind: v.literal('text'), mesh, text })
    : object({ kind: words(['config', 'text']), mesh, config: data, podAnnotations: annotations }),
)

/** Literal rules, in any format that `file:` reads, under the promises of a mesh. */
export function ruleText(name: string, rules: string, ...more: never[]): MeshRules {
  const takes = [
    { name: 'mesh', schema: mesh },
    { name: 'text', schema: text },
  ]
  const known = meshes.has(name) ? name : ([...meshes.keys()][0] ?? '')
  return checkedRules('ruleText', takes, [name, rules, ...more], { kind: 'text', mesh: known, text: rules })
}
