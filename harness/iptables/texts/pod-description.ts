import { inputError } from '../../core/errors.ts'
import { place } from '../words/place.ts'

const initContainers = /^[ \t]*Init Containers:[ \t]*$/m
const isHeading = (line: string): boolean => initContainers.test(line)

export function isPodDescription(text: string): boolean {
  return initContainers.test(text)
}

/**
 * Finds the init container's script in what `kubectl describe pod` prints: the Args below `Init Containers:` that speak
 * of iptables.
 * @returns the script on its own lines of the text, with every line before it empty, so that places remain right.
 * @throws HarnessError (`input`) if no init container has one, or if two have.
 */
export function scriptOfPodDescription(text: string): string {
  const lines = text.split('\n')
  const heading = lines.findIndex(isHeading)
  const section = blockEnd(lines, heading)
  const found: { first: number; end: number }[] = []
  for (let index = heading + 1; index < section; index += 1) {
    if (lines[index]?.trim() !== 'Args:') continue
    const end = blockEnd(lines, index)
    if (speaksOfIptables(lines, index + 1, end)) found.push({ first: index + 1, end })
    index = end - 1
  }
  const [block, second] = found
  if (block === undefined) throw inputError(place(heading + 1), 'no init container here has iptables rules in its Args')
  if (second !== undefined)
    throw inputError(
      place(heading + 1),
      'more than one init container has iptables rules in its Args',
      'leave one of them in the text',
    )
  const script = lines.slice(block.first, block.end).map((line) => (line.trim() === '-c' ? '' : line))
  return '\n'.repeat(block.first) + script.join('\n')
}

function speaksOfIptables(lines: readonly string[], first: number, end: number): boolean {
  for (let index = first; index < end; index += 1)
    if (/\bip6?tables(-restore|-nft|-legacy)?(\s|$)/.test(lines[index] ?? '')) return true
  return false
}

/** The first line behind a heading that is not indented deeper than it. */
function blockEnd(lines: readonly string[], heading: number): number {
  const depth = indentation(lines[heading] ?? '')
  for (let index = heading + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (indentation(line) <= depth && line.trim() !== '') return index
  }
  return lines.length
}

function indentation(line: string): number {
  return line.length - line.trimStart().length
}
