// Plain JavaScript: the set-up uses it with whatever Node is there, before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { systemEnvironment } from './requirements.js'
import { idRanges } from './subordinate-ids.js'

/**
 * All in namespaces of its own. The kernel removes everything in there with the first process, and that process goes
 * with the runner: `--pdeathsig` and `--kill-child` reach it if the runner is killed, the end of its input in any case.
 */
const enclosing = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
const dying = ['setpriv', '--pdeathsig', 'KILL']

/**
 * Waits until somebody else has given its user namespace its IDs. With these it is root there from its next program on,
 * which takes away what it was to die of. Shells put things of their own into the environment.
 */
const awaitIds = 'echo >&3 && read -r mapped <&3 && exec 3>&- && exec env -u PWD -u OLDPWD -u SHLVL -u _ "$@"'

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
  const child = start(
    [...dying, 'unshare', '--user', '--', 'sh', '-c', awaitIds, 'sh', ...dying, ...enclosed],
    options,
    'pipe',
  )
  const signals = /** @type {import('node:net').Socket} */ (child.stdio[3])
  signals.on('error', () => {})
  signals.once('data', () => {
    const refusal = mapIds(/** @type {number} */ (child.pid), env)
    if (refusal === undefined) {
      signals.end('\n')
      return
    }
    child.stderr.unshift(refusal)
    child.kill('SIGKILL')
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
  return /** @type {ReturnType<typeof spawnEnclosed>} */ (/** @type {unknown} */ (child))
}

/**
 * Gives the user namespace of a process its IDs: this user is root there, and the subordinate ones follow, since owner
 * rules and identities need more than UID 0. unshare(1) could do it (`--map-auto`), by a child that waits for it for
 * good where it is killed or refused (map_ids_from_child in sys-utils/unshare.c of util-linux 2.38), and holds our pipes.
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
