import { type AccountBooks, type AccountOptions, withAccounts } from '../rules/accounts.ts'
import { type Capture, type CaptureOptions, readCapture } from '../capture/capture.ts'
import type { RuleSource } from '../rules/source.ts'
import { fixedSource, named } from '../rules/text.ts'

/**
 * A captured text: one ruleset, whatever the config. It is cleaned. The rules of a family that it does not cover are
 * unknown.
 * @param name what it is called in messages.
 * @param cleaned what was cleaned before it was a text.
 * @throws HarnessError (`input`) if it has no rules, or their family cannot be determined.
 */
export function capturedSource(
  id: string,
  name: string,
  text: string,
  { accounts, ...options }: CaptureOptions & { accounts?: AccountOptions },
  cleaned: readonly string[],
): RuleSource {
  const capture = named(name, 'input', () => readCapture(text, options, cleaned))
  const source = { ...fixedSource(id, name, text, () => capture), capture: { ...capture, name } }
  return accounts === undefined ? source : withAccounts(source, () => accountsOf(capture), accounts)
}

/** Those that the text shows, as `sidetrack collect` writes them. */
function accountsOf({ pod: { users, groups } }: Capture): AccountBooks {
  const where = 'the capture'
  return {
    uid: users.size > 0 ? [{ where, ids: users }] : [],
    gid: groups.size > 0 ? [{ where, ids: groups }] : [],
  }
}
