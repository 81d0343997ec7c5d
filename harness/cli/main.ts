import { asHarnessError, exitCodes, HarnessError, inputError } from '../core/errors.ts'
import { didYouMean } from '../input/nearest-name.ts'
import { program } from './command/caller.ts'
import type { Call } from './command/command.ts'
import { commands } from './commands.ts'
import { describe, linesOf } from './command/error-lines.ts'
import { outliveErrors, print, printStderr } from './command/output.ts'
import type { Project } from './options/project.ts'

/** The command line: runs one command and sets the exit code. @param args what follows the program's name. */
export async function main(args: readonly string[]): Promise<void> {
  outliveErrors(process.stdout, 'standard output')
  outliveErrors(process.stderr, 'standard error')
  const guard = guardExitCode()
  try {
    const code = await dispatch(args)
    guard.done()
    process.exitCode = code
  } catch (error) {
    guard.done()
    const known = asHarnessError(error)
    for (const line of linesOf(known)) printStderr(`sidetrack: ${line}\n`)
    process.exitCode = exitCodes[known.fault]
  }
}

/**
 * Uncaught errors, and an event loop that runs empty too early, are our own faults: Node would exit with 1, 0 or 13.
 */
function guardExitCode(): { done(): void } {
  let isDone = false
  process.on('uncaughtException', (thrown) => {
    isDone = true
    printStderr(`sidetrack: ${describe(new HarnessError('sidetrack', thrown.message, { cause: thrown }))}\n`)
    process.exit(exitCodes.sidetrack)
  })
  process.once('exit', (code) => {
    if (isDone || code === exitCodes.interrupted) return
    printStderr("sidetrack: a fault of Sidetrack's own: it ended before it was done\n")
    process.exitCode = exitCodes.sidetrack
  })
  return {
    done: () => {
      isDone = true
    },
  }
}

/** Begins to load a command, if there is one of that name; what is wrong with it shows when it is called. */
export function preload(name: string | undefined): void {
  if (name !== undefined && Object.hasOwn(commands, name)) commands[name]?.().catch(() => {})
}

async function dispatch([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    const { overview } = await import('./help.ts')
    const loaded = await Promise.all(
      Object.entries(commands).map(async ([name, load]) => [name, await load()] as const),
    )
    const [say, { columns }] = name === undefined ? [printStderr, process.stderr] : [print, process.stdout]
    say(overview(loaded, columns))
    return name === undefined ? exitCodes.input : exitCodes.ok
  }
  if (name === '--version') {
    const { version } = await import('./version.ts')
    print(`${version()}\n`)
    return exitCodes.ok
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    const hint = [didYouMean(name, Object.keys(commands)), `'${program} --help' lists those there are`]
    throw inputError(name, 'no such command', hint.filter(Boolean).join(' '))
  }
  const command = await load()
  // What follows `--` is for another program.
  const own = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length)
  if (own.includes('--help') || own.includes('-h')) {
    const { commandHelp } = await import('./help.ts')
    print(commandHelp(name, command, process.stdout.columns))
    return exitCodes.ok
  }
  const { readValues, splitArguments } = await import('./command/option.ts')
  const { given, positionals } = splitArguments(name, command.options, args)
  if (command.positionals === undefined && positionals.length > 0)
    throw inputError(`${positionals[0]}`, `'${name}' takes options only`)
  const names = command.project?.(given) ?? []
  const none: Project = { options: new Map(), positionals: [], scenarios: [], madeFrom: [], place: (error) => error }
  const read = async (): Promise<Call> => {
    const project =
      names.length === 0 ? none : await (await import('./options/project.ts')).readProject(names, given, positionals)
    const { scenarios: projectScenarios, madeFrom, place } = project
    try {
      return {
        values: readValues(command.options, new Map([...project.options, ...given])),
        positionals: [...positionals, ...project.positionals],
        args: [name, ...args],
        projectScenarios,
        madeFrom,
        place,
        again: read,
      }
    } catch (error) {
      throw place(error)
    }
  }
  const call = await read()
  try {
    return await command.run(call)
  } catch (error) {
    throw call.place(error)
  }
}
