import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commands } from '../../harness/cli/commands.ts'
import type { Option } from '../../harness/cli/command/option.ts'

/** The page that lists every command and option, as the tables of the commands have them. */
export const commandLinePage = join(import.meta.dirname, '../../.github/docs/command-line.md')

/** What the tables say, as Markdown. */
export async function makePage(): Promise<string> {
  const sections = await Promise.all(Object.entries(commands).map(async ([name, load]) => section(name, await load())))
  return `${[head, ...sections, exits].join('\n\n')}\n`
}

const head = `# Command line

\`npm run -s sidetrack -- COMMAND\` in a checkout, \`npx sidetrack COMMAND\` where the package is installed. Relative paths are relative to where
you call it. \`COMMAND --help\` prints what stands here. An option that a command does not have is refused, with the nearest one that it has.`

const exits = 'What the exit codes mean: [report format](report-format.md#exit-codes).'

interface Described {
  positionals?: string
  help: string
  details?: string
  options: Readonly<Record<string, Option<unknown>>>
}

function section(name: string, { positionals, help, details, options }: Described): string {
  const call = ['sidetrack', name, ...(positionals === undefined ? [] : [positionals])].join(' ')
  const rows = Object.entries(options).map(([option, { value, help, repeatable }]) => {
    const written = `--${option}${value === undefined ? '' : ` ${value}`}`
    return `| \`${cell(written)}\` | ${cell(repeatable ? `${help}; may be given again` : help)} |`
  })
  const about = [`${capital(help)}.`, ...(details === undefined ? [] : [details])].map(plain).join(' ')
  const table = rows.length === 0 ? [] : ['', '| option | |', '|---|---|', ...rows]
  return [`## \`${call}\``, '', about, ...table].join('\n')
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
const plain = (text: string): string => text.replaceAll('<', '\\<')
/** A bar ends a cell, in code as well. */
const cell = (text: string): string => plain(text).replaceAll('|', '\\|')

if (import.meta.main) writeFileSync(commandLinePage, await makePage())
