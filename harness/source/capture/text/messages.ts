import type { Line } from './line.ts'

/**
 * The fields that hold the text of a structured log: logfmt, and the JSON of zap, logrus, zerolog and Docker's
 * json-file.
 */
const logfmt = /(?:^|[\s{])(?:msg|message)=(?=")/
const json = /[{,]\s*"(?:msg|message|log|stdout|output)"\s*:\s*(?=")/
/** Other fields of such a line. */
const others =
  /(?:^|[\s{])(?:level|time|ts|caller|component)=|"(?:level|severity|time|ts|timestamp|stream|logger|rc|cmd|stderr|changed|exit_code)"\s*:/

/**
 * A field's text may have many lines; each character keeps its place in the file. @param found receives the number of
 * such lines.
 */
export function withMessages(lines: readonly Line[], found: (count: number) => void): readonly Line[] {
  let count = 0
  const read = lines.flatMap((line) => {
    const message = messageOf(line)
    if (message !== undefined) count += 1
    return message ?? [line]
  })
  found(count)
  return count === 0 ? lines : read
}

function messageOf(line: Line): Line[] | undefined {
  const { text } = line
  if (line.shifts.length > 0 || !/msg|message|"log"|"stdout"|"output"/.test(text) || !others.test(text))
    return undefined
  const key = (/^\s*\{/.test(text) ? json : logfmt).exec(text)
  if (key === null) return undefined
  const parts: { text: string; columns: number[] }[] = [{ text: '', columns: [] }]
  let at = key.index + key[0].length + 1
  for (; at < text.length && text[at] !== '"'; at += 1) {
    const column = at + 1
    let own = text[at] as string
    if (own === '\\') {
      const [written, value] = escapeAt(text, at)
      own = value
      at += written - 1
    }
    if (own === '\n') parts.push({ text: '', columns: [] })
    else {
      const part = parts.at(-1)
      if (part === undefined) continue
      part.text += own
      for (let unit = 0; unit < own.length; unit += 1) part.columns.push(column)
    }
  }
  if (text[at] !== '"') return undefined
  if (parts.length > 1 && parts.at(-1)?.text === '') parts.pop()
  return parts.map((part) => ({
    text: part.text,
    number: line.number,
    shifts: [],
    columns: part.columns.length > 0 ? part.columns : [at + 1],
  }))
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '', '"': '"', '\\': '\\', '/': '/' }

/** @returns how long it is, and what it stands for. */
function escapeAt(text: string, at: number): [number, string] {
  const [, code] = /^\\u([\da-fA-F]{4})/.exec(text.slice(at, at + 6)) ?? []
  if (code !== undefined) return [6, String.fromCharCode(Number.parseInt(code, 16))]
  const next = text[at + 1] ?? ''
  return [2, escapes[next] ?? `\\${next}`]
}
