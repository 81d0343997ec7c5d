import { asHarnessError, type HarnessError } from '../../core/errors.ts'
import { Multiplexer } from '../../report/reporters/multiplexer.ts'
import type { OutputFile } from '../../report/writing/output-file.ts'
import { wantsColor } from '../../report/writing/paint.ts'
import { type ReporterName, reporters } from '../../report/reporters/index.ts'
import type { RunEvent } from '../../run/schedule/events.ts'
import { ownFile } from '../../source/own-file.ts'
import { callerDirectory, program, toCaller } from '../command/caller.ts'
import { openChoices } from './reporter-choice.ts'
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
  const opened = openChoices<ReporterName>(choices)
  const files = opened.flatMap(({ file }) => file ?? [])
  const multiplexer = new Multiplexer(
    await Promise.all(
      opened.map(async ({ name, file }) => {
        const output = file ?? process.stdout
        const reporter = await reporters[name]()
        const color = file === undefined && wantsColor(output)
        return {
          name,
          listen: reporter(output, { color, path: toCaller, program, carried, verbose, ...builderOf(carried) }),
        }
      }),
    ),
  )
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
  const file = ownFile(source, callerDirectory())
  return { builder: file === undefined ? {} : { file } }
}

function closeFile(file: OutputFile): HarnessError[] {
  try {
    file.close()
    return []
  } catch (error) {
    return [asHarnessError(error)]
  }
}
