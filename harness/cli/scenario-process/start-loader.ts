import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { hold, letGo } from '../../sys/processes/child-hold.ts'
import { compileCache } from '../../sys/node/compile-cache.ts'
import { findTool } from '../../sys/machine/requirements.js'
import { thisNode } from '../../sys/node/this-node.ts'
import { withOwnModules } from '../../sys/node/with-own-modules.ts'

const program = fileURLToPath(
  new URL(`main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
)

/** A process that waits for its files, where somebody keeps one. */
let spare: ChildProcess | undefined
let keepers = 0

/**
 * Has a process start before its files are known. It keeps this one from no end, and ends with it.
 */
export function startAhead(): void {
  spare = start()
  // Whoever needs one starts another, and hears why there is none.
  spare.once('error', () => (spare = undefined))
  letGo(spare)
}

/** A process that loads the files which it reads on standard input. */
export function startLoader(): ChildProcess {
  const ready = spare !== undefined && spare.exitCode === null && spare.signalCode === null ? spare : start()
  hold(ready)
  spare = undefined
  if (keepers > 0) void ready.once('exit', keepSpare)
  return ready
}

/** Has a process started ahead of each call, until that is disposed of: to start one is most of what loading takes. */
export function spareLoaders(): Disposable {
  keepers += 1
  keepSpare()
  return {
    [Symbol.dispose]() {
      keepers -= 1
      if (keepers > 0) return
      spare?.kill('SIGKILL')
      spare = undefined
    },
  }
}

function keepSpare(): void {
  if (keepers > 0) spare ??= start()
}

function start(): ChildProcess {
  // It ends with this process, even from an endless loop.
  const setpriv = findTool('setpriv')
  const [command = '', ...args] = [
    ...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL']),
    ...thisNode,
    // A project need not say which kind of module its files are: Node finds out, and would say so for each run.
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    ...withOwnModules,
    program,
  ]
  return spawn(command, args, { stdio: ['pipe', 2, 2, 'pipe'], env: { ...process.env, ...compileCache() } })
}
