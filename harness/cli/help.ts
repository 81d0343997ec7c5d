import type { Command } from './command/command.ts'
import { program } from './command/caller.ts'

/** The overview: every command in one line. */
export function overview(commands: readonly (readonly [string, Command])[]): string {
  const rows = commands.map(([name, { positionals = '', help }]) => [`${name} ${positionals}`.trim(), help] as const)
  return [
    "Tells where a service mesh's sidecar interception rules really send traffic.",
    '',
    `Usage: ${program} COMMAND`,
    '',
    ...columns([...rows, ['--version', 'prints the version']]),
    '',
    `'${program} COMMAND --help' shows a command's options. Relative paths are relative to where you call it.`,
    'Exit codes: 0 all as expected, 1 some behaviour is not or rules failed, 2 invalid call or input, 3 this machine',
    "cannot run it, 4 a fault of Sidetrack's own, 130 interrupted.",
    '',
  ].join('\n')
}

/** One command's options. */
export function commandHelp(name: string, { positionals = '', help, details, options }: Command): string {
  const rows = Object.entries(options).map(([option, { value = '', help, repeatable }]) => {
    return [`--${option} ${value}`.trim(), repeatable ? `${help}; may be given again` : help] as const
  })
  return [
    `Usage: ${program} ${[name, positionals, '[OPTIONS]'].filter(Boolean).join(' ')}`,
    '',
    capital(help),
    ...(details === undefined ? [] : [details]),
    '',
    ...columns([...rows, ['--help', 'prints this']]),
    '',
  ].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length), 20)
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
