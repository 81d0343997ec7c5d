import * as v from 'valibot'
import { list, object, text } from '../../input/fields.ts'

const words = v.pipe(text, v.nonEmpty('is empty'))
const fields = {
  ids: words,
  before: words,
  after: words,
  changed: v.optional(v.pipe(list(words), v.minLength(1, 'is empty'))),
  reason: words,
}

/** An entry of the file. */
export const approvalSchema = object(fields)
/** The same, as JSON Schema can say it. */
export const publishedSchema = v.strictObject(fields)

export type Written = v.InferOutput<typeof publishedSchema>
