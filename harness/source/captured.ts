import { type CaptureOptions, readCapture } from './capture/capture.ts'
import type { RuleSource } from './source.ts'
import { fixedSource, named } from './text.ts'

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
  options: CaptureOptions,
  cleaned: readonly string[],
): RuleSource {
  const capture = named(name, 'input', () => readCapture(text, options, cleaned))
  return { ...fixedSource(id, name, text, () => capture), capture: { ...capture, name } }
}
