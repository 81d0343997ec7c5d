import { fileURLToPath } from 'node:url'
import { hold, letGo } from '../sys/processes/child-hold.ts'
import { compileCache } from '../sys/node/compile-cache.ts'
import { spawnEnclosed } from '../sys/machine/enclose.js'
import { passedOn } from '../sys/processes/passed-on.ts'
import { confined } from '../sys/privileges/privileges.ts'
import { toolFolders } from '../sys/machine/requirements.js'
import { withOwnModules } from '../sys/node/with-own-modules.ts'

const agent = fileURLToPath(
  new URL(`../agent/main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
)

/** Threads of libuv in which the agent waits for the kernel to close sockets: those of all pods at once as it ends. */
const closing = { UV_THREADPOOL_SIZE: '64' }

/** The process of unshare(1), whose only child is the agent. */
type AgentProcess = ReturnType<typeof spawnEnclosed>

/** One that waits for its first request. */
let ahead: AgentProcess | undefined

/**
 * Has an agent start before anybody has said what it is for: that takes as long as to load a command. It keeps this
 * process from no end, and ends with it.
 */
export function startAhead(): void {
  ahead = start(false)
  // Whoever needs one starts another, and hears why there is none.
  ahead.once('error', () => (ahead = undefined))
  letGo(ahead)
}

/** Ends the one that has started ahead: this command has its pods elsewhere. */
export function endAhead(): void {
  ahead?.kill('SIGKILL')
  ahead = undefined
}

/**
 * The agent has neither the caller's capabilities nor his environment.
 * @param open leaves the machine's files writable in there.
 */
export function startAgent(open: boolean): AgentProcess {
  const waiting = open || ahead?.exitCode !== null || ahead.signalCode !== null ? undefined : ahead
  if (waiting === undefined) return start(open)
  ahead = undefined
  hold(waiting)
  return waiting
}

function start(open: boolean): AgentProcess {
  const words = [...confined, '--', process.execPath, ...withOwnModules, agent, ...(open ? ['open'] : [])]
  const env = { ...passedOn(), ...compileCache(), ...closing, PATH: toolFolders().join(':') }
  return spawnEnclosed(words, { env })
}
