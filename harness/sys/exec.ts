import type { Options } from 'execa'

/** A program that has ended, or could not be started or finished. */
export interface Finished {
  /** Undefined where it did not end by itself. */
  exitCode: number | undefined
  stdout: string
  stderr: string
  /** Why it did not end by itself: it is missing, took too long, printed too much, or was killed. */
  failure?: string
  /** It could not even be started. */
  notStarted?: true
}

export interface ProgramOptions extends Pick<Options, 'cwd' | 'env' | 'extendEnv' | 'cancelSignal' | 'killSignal' | 'killDescendants'> {
  /** Standard input; nothing if left out. */
  input?: string
  /** Milliseconds after which it is killed. */
  timeout?: number
  /** Bytes of output after which it is killed. */
  maxBuffer?: number
}

/** Starts a program, never through a shell. It has been started by the time the function returns its promise. */
export type RunProgram = (file: string, args: readonly string[], options?: ProgramOptions) => Promise<Finished>

let loaded: Promise<RunProgram> | undefined

/** The one door to execa, which takes 80 ms to load and is therefore loaded when first asked for. */
export function programRunner(): Promise<RunProgram> {
  loaded ??= import('execa').then(
    ({ execa }): RunProgram =>
      async (file, args, { input = '', ...options } = {}) => {
        const result = await execa(file, args, { ...options, input, reject: false, stripFinalNewline: false })
        const { stdout, stderr, timedOut, isMaxBuffer, isCanceled } = result
        // A program that is stopped may still exit in a way of its own, so its code says nothing then.
        const exitCode = timedOut || isMaxBuffer || isCanceled ? undefined : result.exitCode
        return { exitCode, stdout: String(stdout), stderr: String(stderr), ...(exitCode === undefined && whyNotEnded(result, options)) }
      },
  )
  return loaded
}

/** What execa says of a program that did not end by itself. */
interface Ending extends Record<'timedOut' | 'isMaxBuffer' | 'isCanceled', boolean> {
  signal?: string | undefined
  code?: string | undefined
  originalMessage?: string | undefined
}

function whyNotEnded(ending: Ending, { timeout, maxBuffer }: ProgramOptions): Pick<Finished, 'failure' | 'notStarted'> {
  const { timedOut, isMaxBuffer, isCanceled, signal, code, originalMessage } = ending
  if (timedOut) return { failure: `it took longer than ${timeout} ms` }
  if (isMaxBuffer) return { failure: `it printed more than ${maxBuffer} bytes` }
  if (isCanceled) return { failure: 'it was interrupted' }
  if (signal !== undefined) return { failure: `it was killed by ${signal}` }
  if (code === 'ENOENT') return { failure: 'no such program', notStarted: true }
  return { failure: originalMessage ?? 'it could not be started', notStarted: true }
}
