// Plain JavaScript: the set-up uses it with whatever Node is there, before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { systemEnvironment } from './requirements.js'
import { idRanges } from './subordinate-ids.js'

/**
 * All in namespaces of its own. The kernel removes everything in there with the first process, and that process goes
 * with the runner: `--pdeathsig` and `--kill-child` reach it if the runner is killed, the end of its input in any case.
 */
const enclosing = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
/** Ranges of subordinate IDs become the IDs from 1 on: owner rules and identities need more than UID 0. */
const mapping = ['--user', '--map-auto', '--map-root-user']
const dying = ['setpriv', '--pdeathsig', 'KILL']

/**
 * Waits until somebody else has given its user namespace its IDs. With these it is root there from its next program on,
 * which takes away what it was to die of.
 */
const awaitIds = 'echo >&3 && read -r mapped <&3 && exec 3>&- && exec "$@"'

/**
 * Starts a program as root in network, mount and process namespaces that end with this process; for an ordinary user in
 * a user namespace too.
 * @param {readonly string[]} words the program and its arguments
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 * @returns {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable,
 * import('node:stream').Readable,
 *   import('node:stream').Readable>} the process of unshare(1), whose only child the program is
 */
export function spawnEnclosed(words, { env = systemEnvironment() } = {}) {
  const enclosed = ['unshare', ...enclosing, '--', ...words]
  const options = { detached: true, cwd: '/', env }
  if (process.getuid?.() === 0) return start([...dying, ...enclosed], options)
  if (mapsByItself(env)) return start([...dying, 'unshare', ...mapping, ...enclosing, '--', ...words], options)
  const child = start(
    [...dying, 'unshare', '--user', '--', 'sh', '-c', awaitIds, 'sh', ...dying, ...enclosed],
    options,
    'pipe',
  )
  const signals = /** @type {import('node:net').Socket} */ (child.stdio[3])
  signals.on('error', () => {})
  signals.once('data', () => {
    const refusal = mapIds(/** @type {number} */ (child.pid), env)
    if (refusal === undefined) signals.end('\n')
    else child.stderr.unshift(refusal)
    if (refusal !== undefined) child.kill('SIGKILL')
  })
  return child
}

/**
 * @param {readonly string[]} words
 * @param {object} options
 * @param {'pipe'[]} signals a channel of its own, as file descriptor 3
 */
function start([program = '', ...args], options, ...signals) {
  const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe', ...signals] })
  child.once('exit', () => endGroup(child.pid))
  return /** @type {ReturnType<typeof spawnEnclosed>} */ (/** @type {unknown} */ (child))
}

/**
 * Where a user namespace is refused, the helper that unshare(1) has forked to give it its IDs waits forever for word of
 * it, and holds the output open (sys-utils/unshare.c of util-linux 2.41: fork_and_wait reads an eventfd). It is in the
 * group that was begun with the process; all else in there has gone with the namespaces.
 * @param {number | undefined} pid of the process that has ended
 */
function endGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}

/**
 * Whether unshare(1) hands out subordinate IDs, as that of util-linux 2.38 and later does; Debian 11 has 2.36.
 * @param {NodeJS.ProcessEnv} env
 */
function mapsByItself(env) {
  const { stdout } = spawnSync('unshare', ['--help'], { encoding: 'utf8', env })
  return stdout?.includes('--map-auto') ?? false
}

/**
 * Gives the user namespace of a process its IDs, as `--map-auto --map-root-user` does: this user is root there, and the
 * subordinate ones follow.
 * @param {number} pid
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} what was said against it
 */
function mapIds(pid, env) {
  for (const [program, own, kind] of /** @type {const} */ ([
    ['newuidmap', process.getuid?.(), 'uid'],
    ['newgidmap', process.getgid?.(), 'gid'],
  ])) {
    let next = 1
    const ranges = idRanges(kind).flatMap(({ first, count }) => {
      next += count
      return [next - count, first, count]
    })
    const { status, stderr, error } = spawnSync(program, [pid, 0, own, 1, ...ranges].map(String), {
      encoding: 'utf8',
      env,
    })
    if (status !== 0) return error?.message ?? stderr
  }
  return undefined
}
