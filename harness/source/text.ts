import type { Family } from '../core/address.ts'
import { asHarnessError, type Fault, HarnessError } from '../core/errors.ts'
import type { RuleText } from '../flow/ruleset.ts'
import { readRules } from '../iptables/read.ts'
import type { BuildRequest } from '../mesh/mesh.ts'
import type { RuleSource } from './source.ts'

/**
 * Reads the text of a source.
 * @param name what the text is called in messages; line and column follow.
 * @param fault whose fault it is if the text cannot be read.
 * @param payloadFamily whose rules a bare payload holds; by default the family that was asked for.
 */
export function readSourceText(
  text: string,
  { family, podIPs }: BuildRequest,
  name: string,
  fault: Fault,
  payloadFamily: Family = family,
): RuleText | undefined {
  try {
    return readRules(text, { family, podIPs, payloadFamily })
  } catch (thrown) {
    const error = asHarnessError(thrown)
    if (error.fault !== 'input') throw error
    throw new HarnessError(fault, `${name}, ${error.message}`, { cause: error, ...(error.hint !== undefined && { hint: error.hint }) })
  }
}

/**
 * One fixed ruleset, whatever the config: a file's, or a scenario's literal text. A bare payload in it is IPv4.
 * @param name what it is called in messages.
 */
export function textSource(id: string, name: string, text: string): RuleSource {
  return {
    id,
    kind: 'fixed',
    text: async () => text,
    rules: async (request) => readSourceText(text, request, name, 'input', 'ipv4'),
  }
}
