/** A command of a page and what it prints there. */
export interface Shown {
  /** Where it stands in the page. */
  line: number
  command: string
  output: string[]
}

/**
 * The console blocks of a Markdown page: lines that begin with `$ ` are commands, the lines below are what they print.
 */
export function consoleBlocks(page: string): Shown[] {
  const shown: Shown[] = []
  let isConsole = false
  for (const [index, line] of page.split('\n').entries()) {
    if (line.startsWith('```')) isConsole = line === '```console'
    else if (isConsole && line.startsWith('$ ')) shown.push({ line: index + 1, command: line.slice(2), output: [] })
    else if (isConsole) shown.at(-1)?.output.push(line)
  }
  return shown
}

/**
 * Holds what a command prints against what a page shows. `…` on a line of its own stands for any number of lines, in a
 * line for anything there.
 * @returns the first line of the page that is not printed where it should be, or undefined.
 */
export function missingLine(shown: readonly string[], printed: string): string | undefined {
  const lines = printed.trimEnd().split('\n')
  let at = 0
  let isElided = false
  for (const expected of shown) {
    if (expected.trim() === '…') {
      isElided = true
      continue
    }
    const fits = new RegExp(`^${expected.split('…').map(RegExp.escape).join('.*')}$`)
    const found = isElided ? lines.findIndex((line, index) => index >= at && fits.test(line.trimEnd())) : at
    if (found === -1 || !fits.test(lines[found]?.trimEnd() ?? '')) return expected
    at = found + 1
    isElided = false
  }
  return isElided || at === lines.length ? undefined : `(nothing more, but there is: ${lines[at]})`
}

/** Code of a Markdown page in one language, with the line at which it begins. */
export function codeBlocks(page: string, language: string): { line: number; code: string }[] {
  const blocks: { line: number; code: string }[] = []
  let current: { line: number; code: string } | undefined
  for (const [index, line] of page.split('\n').entries()) {
    if (current !== undefined && line === '```') {
      blocks.push(current)
      current = undefined
    } else if (current !== undefined) current.code += `${line}\n`
    else if (line === `\`\`\`${language}`) current = { line: index + 2, code: '' }
  }
  return blocks
}

/** The files that a page shows, by their names: blocks that begin with a line such as "```text captured.txt". */
export function namedFiles(page: string): Record<string, string> {
  const names = new Set(
    [...page.matchAll(/^```(text ([\w.-]+))$/gm)].map(([, language = '', name = '']) => [language, name] as const),
  )
  return Object.fromEntries([...names].map(([language, name]) => [name, codeBlocks(page, language)[0]?.code ?? '']))
}
