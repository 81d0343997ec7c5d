import type { Issue } from '../../core/errors.ts'
import { yaml } from '../../input/yaml.ts'
import { Places } from './places.ts'

/** A bug file is what a person writes of one report. */
export const limits = { bytes: 256 * 1024, lines: 5_000, issues: 100 } as const

/** What a text says as YAML, and where; or what keeps it from being YAML. */
type ReadYaml = { value: unknown; places: Places } | { issues: readonly Issue[] }

/**
 * Reads a YAML text that a stranger may have written: data alone, without aliases and tags of its own.
 * @param file what it is called in issues.
 */
export function readYaml(file: string, text: string): ReadYaml {
  const issue = (what: string, line?: number): Issue => ({ file, ...(line !== undefined && { line }), what })
  if (text.length > limits.bytes) return { issues: [issue(`is larger than ${limits.bytes} bytes`)] }
  const lines = text.split('\n').length
  if (lines > limits.lines) return { issues: [issue(`has ${lines} lines; ${limits.lines} are read`)] }
  const counter = new (yaml().LineCounter)()
  const lineAt = (offset: number): number => counter.linePos(offset).line
  try {
    const document = yaml().parseDocument(text, {
      lineCounter: counter,
      // 'silent' would pass over every document but the first.
      logLevel: 'error',
      prettyErrors: false,
      schema: 'core',
    })
    const wrong = [...document.errors, ...document.warnings]
    if (wrong.length > 0)
      return {
        issues: wrong.slice(0, limits.issues).map(({ message, pos }) =>
          // Where its parser runs out of stack, yaml takes that for an error of the text.
          message.includes('call stack')
            ? issue('is nested too deep to be read')
            : issue(`is no YAML that is read here: ${message}`, lineAt(pos[0])),
        ),
      }
    if (document.contents === null) return { issues: [issue('is empty')] }
    return { value: document.toJS({ maxAliasCount: 0 }), places: new Places(document, text, lineAt) }
  } catch (thrown) {
    if (thrown instanceof RangeError) return { issues: [issue('is nested too deep to be read')] }
    if (thrown instanceof ReferenceError) return { issues: [issue('has an alias; write what it stands for')] }
    throw thrown
  }
}
