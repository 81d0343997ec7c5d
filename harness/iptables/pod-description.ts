import { inputError } from '../core/errors.ts'
import { place } from './expand.ts'

const initContainers = /^\s*Init Containers:\s*$/

export function isPodDescription(text: string): boolean {
  return text.split('\n').some((line) => initContainers.test(line))
}

/**
 * Finds the init container's script in what `kubectl describe pod` prints: the Args below `Init Containers:` that speak of
 * iptables.
 * @returns the script on its own lines of the text, with every line before it empty, so that places remain right.
 * @throws HarnessError (`input`) if no init container has one, or if two have.
 */
export function scriptOfPodDescription(text: string): string {
  const lines = text.split('\n')
  const heading = lines.findIndex((line) => initContainers.test(line))
  const section = blockEnd(lines, heading)
  const scripts: string[] = []
  for (let index = heading + 1; index < section; index += 1) {
    if (lines[index]?.trim() !== 'Args:') continue
    const end = blockEnd(lines, index)
    const script = lines
      .map((line, at) => (at > index && at < end && line.trim() !== '-c' ? line : ''))
      .slice(0, end)
      .join('\n')
    if (/\bip6?tables(-restore|-nft|-legacy)?\s/.test(script)) scripts.push(script)
  }
  const [script, second] = scripts
  if (script === undefined) throw inputError(place(heading + 1), 'no init container here has iptables rules in its Args')
  if (second !== undefined)
    throw inputError(place(heading + 1), 'more than one init container has iptables rules in its Args', 'leave one of them in the text')
  return script
}

/** The first line behind a heading that is not indented deeper than it. */
function blockEnd(lines: readonly string[], heading: number): number {
  const depth = indentation(lines[heading] ?? '')
  const end = lines.findIndex((line, index) => index > heading && line.trim() !== '' && indentation(line) <= depth)
  return end < 0 ? lines.length : end
}

function indentation(line: string): number {
  return line.length - line.trimStart().length
}
