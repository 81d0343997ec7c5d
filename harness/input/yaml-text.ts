import type { Tags } from 'yaml'
import { inputError } from '../core/errors.ts'
import { plainDataProblem } from '../core/plain-data.ts'
import { yaml } from './yaml.ts'

const mostAliases = 100

/**
 * Reads a text of one value in YAML 1.1, as Go programs read it, in which `yes` is true; JSON is YAML as well. What
 * looks like a date stays text.
 * @param where what the text is called in messages. @param most characters that are read.
 * @throws HarnessError (`input`) if it is too long, no YAML, or nested too deep.
 */
export function yamlText(where: string, text: string, most: number): unknown {
  if (text.length > most) throw inputError(where, `has ${text.length} characters, and at most ${most} are read`)
  try {
    const document = yaml().parseDocument(text, {
      version: '1.1',
      logLevel: 'error',
      customTags: (tags) => tags.filter(isNoDate),
    })
    const [problem] = document.errors
    if (problem !== undefined)
      throw inputError(where, isTooDeep(problem) ? tooMuch : `is not YAML: ${firstLine(problem.message)}`)
    const value: unknown = document.toJS({ maxAliasCount: mostAliases })
    const wrong = plainDataProblem(value)
    if (wrong === undefined) return value
    throw inputError(where, wrong)
  } catch (error) {
    // What is too deep, or has too many aliases (yaml's ReferenceError).
    if (error instanceof ReferenceError || error instanceof RangeError) throw inputError(where, tooMuch)
    throw error
  }
}

const isNoDate = (tag: Tags[number]): boolean => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'

const tooMuch = 'has too many aliases, or is nested too deep'

/** Where its parser runs out of stack, yaml takes that for an error of the text. */
const isTooDeep = ({ message }: Error): boolean => message.includes('call stack')

const firstLine = (message: string): string => message.split('\n', 1)[0]?.replace(/:$/, '') ?? message
