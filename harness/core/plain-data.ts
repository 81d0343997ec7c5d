import { inputError } from './errors.ts'

/** How deep data may be nested: whoever reads or writes it may go down by calling itself. */
const deepest = 100

/**
 * Reads JSON that a stranger may have written.
 * @throws HarnessError (`input`) if it is not JSON, or nested too deep.
 */
export function parseJson(where: string, text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // V8 quotes the text, line ends and all.
    const said = (error as Error).message.replaceAll(/\s+/g, ' ')
    throw inputError(where, `is not JSON: ${text.trim() === '' ? 'it is empty' : said}`)
  }
  const problem = plainDataProblem(value)
  if (problem !== undefined) throw inputError(where, problem)
  return value
}

/** What keeps a value from being plain data, which JSON writes as it is: no function, no cycle, nothing too deep. */
export function plainDataProblem(value: unknown): string | undefined {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return `is nested more than ${deepest} deep`
    const next: unknown[] = []
    for (const one of level) {
      if (typeof one === 'object' && one !== null) for (const part of Object.values(one)) next.push(part)
      if (!isPlain(one))
        return `holds ${typeof one === 'object' ? 'an object of a class' : `a ${typeof one}`}, which is no plain data`
    }
    level = next
  }
  return undefined
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null)
    return ['string', 'boolean', 'undefined', 'object'].includes(typeof value)
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null
}
