import { createHash } from 'node:crypto'
import { rememberedOf } from '../../core/remembered.ts'
import type { RuleText } from '../../flow/ruleset.ts'

const byContent = new Map<string, WeakRef<RuleText>>()

/**
 * The first one of all equal texts that are still there: what comes from another thread is a copy each time. As long as
 * a copy is there, so is the first one.
 * @param text which never changes.
 */
export const firstEqual = rememberedOf((text: RuleText): RuleText => {
  const content = createHash('sha256').update(JSON.stringify(text)).digest('base64')
  const found = byContent.get(content)?.deref() ?? text
  byContent.set(content, new WeakRef(found))
  return found
})
