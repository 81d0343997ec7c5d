import { checkPayloadLine } from '../../iptables/bounds.ts'
import { startsHereDocument } from '../../iptables/here-document.ts'
import { isPodDescription } from '../../iptables/pod-description.ts'
import { type Line, remove, withoutColours, withoutIndentation, withoutInvisible, withPlainBlanks } from './clean-line.ts'
import { Columns } from './columns.ts'
import { type Mark, markOf } from './marks.ts'
import { Tally } from './tally.ts'

/** A captured text as it is read, line by line where it was, and what was done to make it so. */
export interface Cleaned {
  form: 'payload' | 'other'
  lines: readonly string[]
  /** Which lines, from 1, say whose the rules behind them are; those that are no comment are not in `lines` any more. */
  marks: ReadonlyMap<number, Mark>
  columns: Columns
  cleaned: readonly string[]
}

const words = {
  endings: ['a carriage return', 'carriage returns'],
  only: ['carriage returns in place of line ends', ''],
  colours: ['a colour code', 'colour codes'],
  blanks: ['a blank that is not ASCII', 'blanks that are not ASCII'],
  invisible: ['an invisible character', 'invisible characters'],
  indented: ['an indented line', 'indented lines'],
  trailing: ['blanks at the end of a line', 'lines with blanks at their end'],
  commands: ['an echoed command', 'echoed commands'],
  headings: ['a heading', 'headings'],
  prompts: ['a prompt', 'prompts'],
  unended: ['no line end at the end', ''],
} as const

/**
 * Takes out of a captured text what copying it has put in: what no shell or restore program was ever given. What is left is read as
 * iptables reads it; so a rule's own words are never touched, nor what stands in double quotes.
 * @throws HarnessError (`input`) if a payload's line is longer than is read: nobody looks for anything in it.
 */
export function clean(text: string): Cleaned {
  const tally = new Tally(words)
  const copied = splitLines(text, tally).map((line) =>
    withPlainBlanks(
      withoutInvisible(
        withoutColours({ text: line, shifts: [] }, (count) => tally.add('colours', count)),
        (count) => tally.add('invisible', count),
      ),
      (count) => tally.add('blanks', count),
    ),
  )
  const form = formOf(copied)
  if (form === 'payload' && copied.at(-1)?.text !== '') tally.add('unended')
  const marks = new Map<number, Mark>()
  const lines =
    form === 'payload'
      ? copied.map((line, index) => checked(payloadLine(line, index + 1, marks, tally), index + 1))
      : form === 'script'
        ? dedent(copied, tally)
        : copied
  return {
    form: form === 'payload' ? form : 'other',
    lines: lines.map(({ text }) => text),
    marks,
    columns: new Columns(lines.map(({ shifts }) => shifts)),
    cleaned: tally.told,
  }
}

function splitLines(text: string, tally: Tally): string[] {
  if (!text.includes('\n') && text.includes('\r')) {
    tally.add('only')
    return text.split('\r')
  }
  const lines = text.split('\n')
  tally.add('endings', lines.filter((line) => line.endsWith('\r')).length)
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

/** By its first line that is no comment and no copy of a terminal's; a script's first one may be indented with the others. */
function formOf(lines: readonly Line[]): 'payload' | 'script' | 'other' {
  const text = lines.map(({ text }) => text).join('\n')
  if (isPodDescription(text)) return 'other'
  if (startsHereDocument(text)) return 'script'
  const first = lines.map(({ text }) => text.trim()).find((line) => line !== '' && !line.startsWith('#') && markOf(line) === undefined)
  return first === undefined || /^(?:[*:-]|\[\d+:\d+\])/.test(first) ? 'payload' : 'other'
}

function checked(line: Line, number: number): Line {
  checkPayloadLine(line.text, number)
  return line
}

/** iptables-restore takes `*`, `:`, `#` and COMMIT at the start of a line alone, and no blank behind COMMIT or on an empty line. */
function payloadLine(line: Line, number: number, marks: Map<number, Mark>, tally: Tally): Line {
  const flush = withoutIndentation(line, () => {})
  if (flush.text === '') {
    if (line.text !== '') tally.add('trailing')
    return flush
  }
  if (flush.text !== line.text) tally.add('indented')
  const mark = markOf(flush.text)
  if (mark !== undefined) marks.set(number, mark)
  if (mark !== undefined && !flush.text.startsWith('#')) {
    tally.add(mark.kind === 'prompt' ? 'prompts' : mark.kind === 'heading' ? 'headings' : 'commands')
    return { text: '', shifts: [] }
  }
  return /^COMMIT[ \t]+$/.test(flush.text) ? remove(flush, /[ \t]+$/g, () => tally.add('trailing')) : flush
}

/** Takes away what all lines are indented by. */
function dedent(lines: readonly Line[], tally: Tally): readonly Line[] {
  const filled = lines.filter(({ text }) => text.trim() !== '')
  const depth = filled.reduce((least, { text }) => Math.min(least, text.length - text.trimStart().length), Number.POSITIVE_INFINITY)
  if (depth === 0 || filled.length === 0) return lines
  tally.add('indented', filled.length)
  return lines.map((line) => remove(line, new RegExp(`^[ \\t]{1,${depth}}`, 'g'), () => {}))
}
