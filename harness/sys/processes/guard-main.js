// Plain JavaScript: without types to strip it is up in half the time.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * Runs one program and ends with it, and with both whatever the program has started goes: what is left when its outputs
 * have closed, or when whoever started this closes the lifeline or is gone. The lifeline is descriptor 3: it brings the
 * program as a line of JSON, and takes what becomes of it.
 * @param argv `enclosed` where this is the first process of a PID namespace, which goes with it.
 * @typedef {{ file: string, args: string[], env: NodeJS.ProcessEnv }} Program
 */
const libc = process.argv[2] === 'enclosed' ? undefined : await import('../libc/libc.ts')

// Whoever has lost its parent gets this process for one, so that nobody escapes by that
// (PR_SET_CHILD_SUBREAPER(2const)).
libc?.becomeSubreaper()

const lifeline = new Socket({ fd: 3 })
for (const event of ['end', 'error', 'close']) lifeline.on(event, end)
process.on('SIGTERM', end)
// It is for whoever started this to say when all is over.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {})
createInterface(lifeline)
  .once('line', (line) => run(JSON.parse(line)))
  .on('error', end)

/** @param {Program} program */
function run({ file, args, env }) {
  // A lifeline of its own would keep it from being told that ours has ended.
  const child = spawn(file, args, { env, stdio: ['inherit', 'pipe', 'pipe', 'ignore'] })
  child.stdout?.pipe(process.stdout)
  child.stderr?.pipe(process.stderr)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  child.once('spawn', () => tell({ started: true }))
  child.once('error', (error) =>
    tell({ failed: /** @type {NodeJS.ErrnoException} */ (error).code ?? error.message }, end),
  )
  child.once('close', (code, signal) => {
    // Once all it has printed is on its way.
    process.stdout.write('', () => process.stderr.write('', () => tell({ code, signal }, end)))
  })
}

/**
 * @param {object} message
 * @param {() => void} [then]
 */
function tell(message, then) {
  lifeline.write(`${JSON.stringify(message)}\n`, then)
}

function end() {
  if (libc !== undefined) killDescendants(libc)
  process.exit()
}

/**
 * Kills until nobody is left: who is killed leaves his children to this process.
 * @param {typeof import('../libc/libc.ts')} libc
 */
function killDescendants({ waitpid }) {
  for (let left = descendants(); left.some(kill); left = descendants()) waitpid(-1, [0], 0)
}

/** @param {number} pid @returns whether it may be killed; not if it has become somebody else, by sudo(8) perhaps */
function kill(pid) {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** @returns {number[]} every process that runs and has this one for an ancestor */
function descendants() {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statusOf(name) ?? []) : []))
  /** @type {(parent: number) => number[]} */
  const below = (parent) =>
    all.flatMap((one) => (one.parent === parent ? [...(one.isZombie ? [] : [one.pid]), ...below(one.pid)] : []))
  return below(process.pid)
}

/** @param {string} pid */
function statusOf(pid) {
  try {
    // The name before it may hold anything (proc_pid_stat(5)).
    const [, state, parent] = /^.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? []
    return { pid: Number(pid), parent: Number(parent), isZombie: state === 'Z' || state === 'X' }
  } catch {
    return undefined
  }
}
