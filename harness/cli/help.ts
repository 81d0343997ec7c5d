import type { Command } from './command/command.ts'
import { wrap } from '../report/writing/wrap.ts'
import { program } from './command/caller.ts'

/** The overview: every command in one line. @param width the terminal's columns; undefined where it is none. */
export function overview(commands: readonly (readonly [string, Command])[], width?: number): string {
  const rows = commands.map(([name, { positionals = '', help }]) => [`${name} ${positionals}`.trim(), help] as const)
  const prose = [
    `'${program} COMMAND --help' shows a command's options. Relative paths are relative to where you call it.`,
    'Exit codes: 0 all as expected, 1 some behaviour is not or rules failed, 2 invalid call or input, 3 this machine',
    "cannot run it, 4 a fault of Sidetrack's own, 130 interrupted.",
  ]
  return [
    wrap("Tells where a service mesh's sidecar interception rules really send traffic.", width, 0),
    '',
    `Usage: ${program} COMMAND`,
    '',
    ...columns([...rows, ['--version', 'prints the version']], width),
    '',
    ...fitted(prose, width),
    '',
  ].join('\n')
}

/** One command's options. @param width the terminal's columns; undefined where it is none. */
export function commandHelp(
  name: string,
  { positionals = '', help, details, options }: Command,
  width?: number,
): string {
  const rows = Object.entries(options).map(([option, { value = '', help, repeatable }]) => {
    return [`--${option} ${value}`.trim(), repeatable ? `${help}; may be given again` : help] as const
  })
  return [
    `Usage: ${program} ${[name, positionals, '[OPTIONS]'].filter(Boolean).join(' ')}`,
    '',
    wrap(capital(help), width, 0),
    ...(details === undefined ? [] : fitted(details.split('\n'), width)),
    '',
    ...columns([...rows, ['--help', 'prints this']], width),
    '',
  ].join('\n')
}

/** Lines of prose as they stand, or in a terminal that is narrower the same words in lines of its own. */
function fitted(lines: readonly string[], width: number | undefined): string[] {
  if (width === undefined || lines.every((line) => line.length <= width)) return [...lines]
  // What is indented is a command, which stays a line.
  const runs: string[] = []
  for (const line of lines) {
    const last = runs.at(-1)
    if (last === undefined || /^ /.test(line) || /^ /.test(last)) runs.push(line)
    else runs[runs.length - 1] = `${last} ${line}`
  }
  return runs.map((run) => (run.startsWith(' ') ? run : wrap(run, width, 0)))
}

/** How many columns what is told beside a name has at least; with fewer it stands below. */
const leastBeside = 40
/** How far in it stands there. */
const below = 6

function columns(rows: readonly (readonly [string, string])[], terminal: number | undefined): string[] {
  const width = Math.max(...rows.map(([left]) => left.length), 20)
  const beside = width + 4
  const isBeside = terminal === undefined || terminal - beside >= leastBeside
  const indent = isBeside ? beside : below
  const within = terminal && Math.max(terminal - indent, leastBeside / 2)
  return rows.map(([left, right]) => {
    const lines = wrap(right, within, 0).replaceAll('\n', `\n${' '.repeat(indent)}`)
    return isBeside ? `  ${left.padEnd(width)}  ${lines}` : `  ${left}\n${' '.repeat(indent)}${lines}`
  })
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
