import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')

export interface Call {
  /** The caller's directory, as npm says it. */
  from?: string
  input?: string
}

/** Runs the command line as npm does and waits for its end. */
export function sidetrack(args: readonly string[], { from, input = '' }: Call = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    encoding: 'utf8',
    input,
    env: environment(from),
  })
  return { status, stdout, stderr }
}

/** Starts the command line with pipes. */
export function start(args: readonly string[]) {
  return spawn(process.execPath, [entry, ...args], { env: environment(undefined) })
}

/** What a call finds around it. @param from the caller's directory. */
export function environment(from: string | undefined): NodeJS.ProcessEnv {
  const { INIT_CWD: _, FORCE_COLOR: __, ...env } = process.env
  return from === undefined ? env : { ...env, INIT_CWD: from }
}
