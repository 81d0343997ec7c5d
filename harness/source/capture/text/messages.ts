import type { Line } from './line.ts'

/**
 * The fields that hold the text of a structured log: logfmt, and the JSON of zap, logrus, zerolog and Docker's
 * json-file.
 */
const logfmt = /(?:^|[\s{])(?:msg|message)=(?=")/
/** What a program has printed, in the line of another one's log. */
const printed = /\s(?:out|output|stdout|stderr)=(?=")/
const json = /[{,]\s*"(?:msg|message|MESSAGE|log|stdout|output)"\s*:\s*(?=")/
/**
 * Any text of an object, which may have the command beside the message; and one behind a line's own words (zap). Where
 * the program stood that wrote it is none.
 */
const texts =
  /[{,]\s*"(?!(?:caller|source|file|func|function|logger|component|container|image)")[\w.@-]{1,40}"\s*:\s*(?=")/g
const trailing = /\s\{"[^{}]*"\}\s*$/
const ofRules = /^"(?:[^"\\]|\\.)*?(?:\bip6?tables\b|(?:^"|\\n)\*(?:raw|mangle|nat|filter)\b|-[AIN] [A-Z])/
/** Other fields of such a line. */
const others =
  /(?:^|[\s{])(?:level|time|ts|caller|component)=|"(?:level|severity|time|ts|timestamp|stream|logger|rc|cmd|stderr|changed|exit_code|PRIORITY|__REALTIME_TIMESTAMP)"\s*:/

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
  if (line.shifts.length > 0 || text.length > longest) return undefined
  const key = keyIn(text)
  if (key === undefined) return undefined
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

/** Lines that are read so; a whole save in a message has some hundred rules. */
const longest = 1_000_000

/** Where the text of a log's line begins. */
function keyIn(text: string): { index: number; 0: string } | undefined {
  const isObject = /^\s*\{/.test(text)
  if (isObject && others.test(text)) {
    const own = json.exec(text)
    if (own !== null && ofRules.test(text.slice(own.index + own[0].length))) return own
    return rulesIn(text, 0) ?? own ?? undefined
  }
  const start = isObject ? undefined : trailing.exec(text)?.index
  if (start !== undefined && /^\S*\d/.test(text)) return rulesIn(text, start)
  const output = isObject ? null : printed.exec(text)
  if (output !== null && ofRules.test(text.slice(output.index + output[0].length))) return output
  if (isObject || !/msg|message/.test(text) || !others.test(text)) return undefined
  return logfmt.exec(text) ?? undefined
}

const rulesIn = (text: string, start: number) =>
  [...text.slice(start).matchAll(texts)]
    .map((match) => ({ 0: match[0], index: start + match.index }))
    .find((match) => ofRules.test(text.slice(match.index + match[0].length)))

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '', '"': '"', '\\': '\\', '/': '/' }

/** @returns how long it is, and what it stands for. */
function escapeAt(text: string, at: number): [number, string] {
  const [, code] = /^\\u([\da-fA-F]{4})/.exec(text.slice(at, at + 6)) ?? []
  if (code !== undefined) return [6, String.fromCharCode(Number.parseInt(code, 16))]
  const next = text[at + 1] ?? ''
  return [2, escapes[next] ?? `\\${next}`]
}
