/** What the names of an expression stand for, by context: `inputs`, `steps`, `github`, `env`, … */
export type Contexts = Readonly<Record<string, unknown>>

/** Whether a step before has failed; `success()` and its like ask for it. */
export type Status = 'success' | 'failure'

const token = /\s*('(?:[^']|'')*'|\d+|&&|\|\||[!=]=|[!()]|[A-Za-z_][\w-]*(?:\.[\w-]+)*)/y

/**
 * Evaluates the part of GitHub's expressions that workflows here are written in: names, texts, numbers, comparisons and
 * the status functions (https://docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions).
 * @throws Error for anything else, for a context that there is not, and for an input or a step that there is not: to
 *   GitHub that is an empty text, and nobody hears of it.
 */
export function evaluate(text: string, contexts: Contexts, status: Status): unknown {
  const tokens = tokensOf(text)
  const take = (): string => tokens.shift() ?? ''
  const expect = (wanted: string): void => {
    const found = take()
    if (found !== wanted) throw new Error(`${text}: '${wanted}' is expected at '${found}'`)
  }
  const value = either()
  if (tokens.length > 0) throw new Error(`${text}: '${tokens[0]}' is too much`)
  return value

  function either(): unknown {
    let value = both()
    while (tokens[0] === '||') {
      take()
      const other = both()
      value = isTrue(value) ? value : other
    }
    return value
  }

  function both(): unknown {
    let value = comparison()
    while (tokens[0] === '&&') {
      take()
      const other = comparison()
      value = isTrue(value) ? other : value
    }
    return value
  }

  function comparison(): unknown {
    const value = operand()
    if (tokens[0] !== '==' && tokens[0] !== '!=') return value
    const isEqual = take() === '=='
    return (`${value}`.toLowerCase() === `${operand()}`.toLowerCase()) === isEqual
  }

  function operand(): unknown {
    const next = take()
    if (next === '!') return !isTrue(operand())
    if (next === '(') {
      const value = either()
      expect(')')
      return value
    }
    if (next.startsWith("'")) return next.slice(1, -1).replaceAll("''", "'")
    if (/^\d/.test(next)) return Number(next)
    if (tokens[0] !== '(') return lookUp(next, contexts)
    take()
    expect(')')
    return statusFunction(next, status)
  }
}

/** `${{ … }}` in a text. */
export function expand(text: string, contexts: Contexts, status: Status): string {
  return text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => `${evaluate(expression, contexts, status)}`)
}

/** The condition of a step, which asks for success unless it says something of the status itself. */
export function isMet(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  const text = (condition ?? 'success()').replace(/^\s*\$\{\{(.*)\}\}\s*$/, '$1')
  const isMetItself = isTrue(evaluate(text, contexts, status))
  return isMetItself && (status === 'success' || /\b(always|failure|cancelled|success)\(\)/.test(text))
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const at = token.lastIndex
    const [, found] = token.exec(text) ?? []
    if (found === undefined) throw new Error(`${text}: not understood at '${text.slice(at)}'`)
    tokens.push(found)
  }
  return tokens
}

const isTrue = (value: unknown): boolean => value !== '' && value !== false && value !== 0 && value !== undefined

function lookUp(name: string, contexts: Contexts): unknown {
  if (name === 'true' || name === 'false') return name === 'true'
  const [first = '', ...rest] = name.split('.')
  let value: unknown = contexts[first]
  if (value === undefined) throw new Error(`there is no context '${first}' of ${name}`)
  for (const [index, part] of rest.entries()) {
    const fields = value as Readonly<Record<string, unknown>>
    if (index === 0 && (first === 'inputs' || first === 'steps') && !Object.hasOwn(fields, part))
      throw new Error(`there is no '${part}' in ${first}: ${name}`)
    value = fields[part]
    if (value === undefined || value === null) return ''
  }
  return value
}

function statusFunction(name: string, status: Status): boolean {
  const values: Readonly<Record<string, boolean>> = {
    always: true,
    success: status === 'success',
    failure: status === 'failure',
    cancelled: false,
  }
  const value = values[name]
  if (value === undefined) throw new Error(`there is no function '${name}'`)
  return value
}
