import { asHarnessError, type Fault, HarnessError, inputError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { wrongAt } from '../../iptables/words/place.ts'
import { readRules } from '../../iptables/texts/read.ts'
import type { BuildRequest } from '../../mesh/mesh.ts'
import type { Capture } from '../capture/capture.ts'
import { nftProblem } from '../capture/foreign.ts'
import type { RuleSource } from './source.ts'

/**
 * Reads the text of a source.
 * @param name what the text is called in messages; line and column follow.
 * @param fault whose fault it is if the text cannot be read.
 */
export function readSourceText(text: string, request: BuildRequest, name: string, fault: Fault): RuleText | undefined {
  const { family, podIPs } = request
  return named(name, fault, () => {
    try {
      return readRules(text, { family, podIPs, payloadFamily: family })
    } catch (error) {
      refuseNft(text)
      throw error
    }
  })
}

/** @throws HarnessError (`input`) if it begins as rules of nft do. */
function refuseNft(text: string): void {
  const lines = text.split('\n', mostBefore)
  const at = lines.findIndex((line) => !/^\s*(#(?!!)|$)/.test(line))
  const found = nftProblem(lines[at]?.trim() ?? '')
  if (found !== undefined) throw wrongAt({ line: at + 1, column: 1 }, found.what, found.hint)
}

/** Lines of a text that are looked through for its first one that is no comment. */
const mostBefore = 1000

/**
 * A scenario's literal text. It has all of the pod's rules: a family that it does not cover has none, and a payload
 * that names no family is IPv4.
 * @param name what it is called in messages.
 */
export function textSource(id: string, name: string, text: string): RuleSource {
  const isEmpty = text.split('\n').every((line) => line.trim() === '' || line.trim().startsWith('#'))
  const source = { id, kind: 'fixed', text: async () => text } as const
  if (isEmpty) return { ...source, rules: async () => undefined }
  // Commands and scripts name their family, and are read as a shell would read them.
  if (!isPayload(text))
    return {
      ...source,
      rules: remembered(async ({ family, podIPs }) => named(name, 'input', () => readRules(text, { family, podIPs }))),
    }
  return fixedSource(id, name, text, async () => {
    const { readCapture } = await import('../capture/capture.ts')
    return named(name, 'input', () => readCapture(text, { isWritten: true }))
  })
}

/**
 * A bug file's literal text: the same, but cleaned as a captured text is; `ip rule` and `ip route` in it set up policy
 * routing.
 */
export function pastedSource(id: string, name: string, text: string): RuleSource {
  return fixedSource(id, name, text, async () => {
    const { readCapture } = await import('../capture/capture.ts')
    const found = named(name, 'input', () => readCapture(text))
    const [unsaid] = found.unsaid
    if (unsaid !== undefined)
      throw inputError(
        `${name}, ${unsaid}`,
        'a listing does not say all of a rule, so it cannot be loaded',
        'write it as iptables-save does',
      )
    return found
  })
}

const isPayload = (text: string): boolean => /^(?:[*:-]|\[\d+:\d+\])/.test(firstRules(text))

/** From the first line on that is no comment. */
function firstRules(text: string): string {
  const lines = text.split(/\r\n?|\n/)
  return (lines.find((line) => line.trim() !== '' && !line.trimStart().startsWith('#')) ?? '').trim()
}

/**
 * One ruleset, whatever the config.
 * @param read reads the text when rules are first asked for: a text of one scenario that cannot be read must not fail
 * the others.
 */
export function fixedSource(
  id: string,
  name: string,
  text: string,
  read: () => Capture | Promise<Capture>,
): RuleSource {
  let found: Capture | Promise<Capture> | undefined
  const rules = remembered(async ({ family, podIPs }) => {
    found ??= read()
    const capture = await found
    return capture.families.includes(family) ? named(name, 'input', () => capture.rulesOf(family, podIPs)) : undefined
  })
  return { id, kind: 'fixed', text: async () => text, rules }
}

/** The pods of all backends get the same rule text, so that what is made of it is made once. */
function remembered(read: RuleSource['rules']): RuleSource['rules'] {
  const known = new Map<string, ReturnType<RuleSource['rules']>>()
  return (request) => {
    const key = [request.family, ...request.podIPs].join(' ')
    const rules = known.get(key) ?? read(request)
    known.set(key, rules)
    return rules
  }
}

/** Puts the text's name in front of what is wrong with it. */
export function named<T>(name: string, fault: Fault, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    const error = asHarnessError(thrown)
    if (error.fault !== 'input') throw error
    const hint = error.hint !== undefined && { hint: error.hint }
    const lines = error.message.split('\n').map((line) => `${name}, ${line}`)
    throw new HarnessError(fault, lines.join('\n'), { cause: error, ...hint })
  }
}
