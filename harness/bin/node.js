import { spawn, spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { endWithNpm } from './parent-death.js'
import { fail } from './fail.js'

/** The oldest Node that runs Sidetrack. */
const wanted = 24

/**
 * The Node to run with: Sidetrack's own, which is an ordinary dependency, else this one if it is new enough. Ends the
 * process if there is none, as on musl libc, where Sidetrack's own does not start.
 * @returns {string}
 */
export function chooseNode() {
  const own = installedNode()
  if (own !== undefined && (realpathSync(own) === realpathSync(process.execPath) || starts(own))) return own
  if (Number.parseInt(process.versions.node, 10) >= wanted) return process.execPath
  const why =
    own === undefined
      ? `brings no Node for ${process.platform}-${process.arch}`
      : 'brings a Node that does not run on this system'
  return fail(3, `sidetrack ${why}, and this one is ${process.version}; start it with Node ${wanted} or newer`)
}

/**
 * Ends the process where nothing can be started here, whatever it is.
 * @param {string} program
 */
export function starts(program) {
  const { status, error } = spawnSync(program, ['--version'])
  const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error ?? {})
  if (['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'].includes(code))
    fail(3, `no further process can be started here (${code}); raise the limits, as with \`ulimit -n 65536\` or -u`)
  return status === 0
}

/** @returns {string | undefined} */
function installedNode() {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve(`node-linux-${process.arch}/package.json`)),
      'bin',
      'node',
    )
  } catch {
    return undefined
  }
}

/**
 * Whether this process already runs under that Node.
 * @param {string} node
 */
export function runsUnder(node) {
  return realpathSync(process.execPath) === realpathSync(node)
}

/**
 * Runs a program in this process's place: same terminal, signals passed on, and its end is this one's. Its channel
 * tells it when this process is killed.
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<never>}
 */
export function become(program, args) {
  return new Promise(() => {
    const child = spawn(program, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, () => child.kill(signal))
    endWithNpm()
    child.on('error', (error) => fail(4, `${program} does not start: ${error.message}`))
    child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}
