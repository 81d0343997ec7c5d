import { createHash } from 'node:crypto'
import type { RuleText } from '../../flow/ruleset.ts'

const first = new WeakMap<RuleText, RuleText>()
const byContent = new Map<string, WeakRef<RuleText>>()

/**
 * The first one of all equal texts that are still there: what comes from another thread is a copy each time.
 * @param text which never changes.
 */
export function firstEqual(text: RuleText): RuleText {
  const known = first.get(text)
  if (known !== undefined) return known
  const content = createHash('sha256').update(JSON.stringify(text)).digest('base64')
  const found = byContent.get(content)?.deref() ?? text
  byContent.set(content, new WeakRef(found))
  // As long as a copy is there, so is the first one.
  first.set(text, found)
  return found
}
