import { statSync } from 'node:fs'
import { asHarnessError, type HarnessError, inputError } from '../../core/errors.ts'
import { Multiplexer } from '../../report/reporters/multiplexer.ts'
import { OutputFile } from '../../report/writing/output-file.ts'
import { wantsColor } from '../../report/writing/paint.ts'
import type { Output } from '../../report/writing/output.ts'
import { reporters } from '../../report/reporters/index.ts'
import type { RunEvent } from '../../run/schedule/events.ts'
import { ownFile } from '../../source/own-file.ts'
import { callerDirectory, fromCaller, program, toCaller } from '../command/caller.ts'
import { refuseSharedOutput } from './reporter-choice.ts'
import type { ReporterChoice } from './reporting.ts'

/** The reporters of one call and the files they write. */
export interface OpenReport {
  listen(event: RunEvent): void
  /** Ends the report of a run that broke off with an error. @returns whether there was one to end. */
  fail(error: HarnessError): boolean
  /** Ends it at once, as interrupted, even if the run had not begun yet. @param command as the report shows it. */
  abandon(command: readonly string[]): void
  /** Writes the files. @returns what went wrong with reporters and files. */
  close(): HarnessError[]
}

/**
 * Starts the reporters that a call asks for; pretty if it asks for none. What an earlier call has written to their
 * files is removed.
 * @throws HarnessError (`input`) if two write to standard output (but for pretty and github) or to one file, or a file
 * cannot be written.
 */
export async function openReport(
  choices: readonly ReporterChoice[],
  carried: readonly string[],
  verbose: boolean,
): Promise<OpenReport> {
  const chosen: readonly ReporterChoice[] = choices.length === 0 ? [{ name: 'pretty' }] : choices
  refuseSharedOutput(chosen)
  refuseSharedFile(chosen)
  const files: OutputFile[] = []
  const open = ({ name, file }: ReporterChoice): Output => {
    if (file === undefined) return process.stdout
    const opened = new OutputFile(fromCaller(file), `--reporter ${name}=${file}`)
    files.push(opened)
    return opened
  }
  const multiplexer = new Multiplexer(
    await Promise.all(
      chosen.map(async (choice) => {
        const output = open(choice)
        const reporter = await reporters[choice.name]()
        const color = choice.file === undefined && wantsColor(output)
        return {
          name: choice.name,
          listen: reporter(output, { color, path: toCaller, program, carried, verbose, ...builderOf(carried) }),
        }
      }),
    ),
  )
  for (const file of files) file.discardOld()
  return {
    listen: (event) => multiplexer.listen(event),
    fail: (error) => {
      const underWay = multiplexer.isUnderWay
      multiplexer.end({ interrupted: false, error })
      return underWay
    },
    abandon: (command) => {
      if (!multiplexer.hasStarted)
        multiplexer.listen({
          type: 'start',
          startedAt: new Date(),
          checks: 0,
          scenarios: 0,
          environments: [],
          command: [...command],
          seed: 0,
        })
      multiplexer.end({ interrupted: true })
      for (const file of files) file.close()
    },
    close: () => [...multiplexer.failures, ...files.flatMap(closeFile)],
  }
}

/** Where rules that are not built in come from, as the options of the call have it. */
function builderOf(carried: readonly string[]): { builder?: { file?: string } } {
  const at = carried.indexOf('--rules')
  const source = at === -1 ? undefined : carried[at + 1]
  if (source === undefined || !/^(file|exec|image):/.test(source)) return {}
  const file = ownFile(source, callerDirectory)
  return { builder: file === undefined ? {} : { file } }
}

/** The later one would silently replace the other. Only regular files: /dev/null may be given twice. */
function refuseSharedFile(choices: readonly ReporterChoice[]): void {
  const seen = new Map<string, string>()
  for (const { name, file } of choices) {
    if (file === undefined) continue
    const path = fromCaller(file)
    const other = seen.get(path)
    if (other !== undefined && statSync(path, { throwIfNoEntry: false })?.isFile() !== false)
      throw inputError(`--reporter ${name}=${file}`, `${other} is written there as well`, 'give each a file of its own')
    seen.set(path, name)
  }
}

function closeFile(file: OutputFile): HarnessError[] {
  try {
    file.close()
    return []
  } catch (error) {
    return [asHarnessError(error)]
  }
}
