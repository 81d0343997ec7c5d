import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Method, Methods, PodPlan } from '../agent/protocol.ts'
import { HarnessError } from '../core/errors.ts'
import { compileCache } from '../sys/compile-cache.ts'
import { namespaceFolder } from '../sys/namespace-folder.ts'
import { passedOn } from '../sys/passed-on.ts'
import { confined } from '../sys/privileges.ts'
import { keepTail } from '../sys/tail.ts'
import { Channel } from './channel.ts'
import type { EnvoySource } from './envoy/envoy-source.ts'
import { haveLegacyModules } from './legacy-modules.ts'
import type { Sandbox, SandboxInfo } from './sandbox.ts'

const agent = fileURLToPath(new URL(`../agent/main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))

/**
 * All in namespaces of its own. The kernel removes everything in there with the first process, and that process goes with
 * the runner: `--pdeathsig` and `--kill-child` reach it if the runner is killed, the end of its input in any case.
 */
const enclose = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
/** Ranges of subordinate IDs become the IDs from 1 on: owner rules and identities need more than UID 0 (unshare(1), util-linux 2.38). */
const encloseUser = ['--user', '--map-auto', '--map-root-user']
const systemPath = '/usr/local/sbin:/usr/sbin:/sbin'

/** The sandbox on this kernel: no daemon, and no root. */
export class NamespaceSandbox implements Sandbox {
  readonly info: SandboxInfo
  readonly #process: ChildProcess
  readonly #channel: Channel
  private constructor(info: SandboxInfo, process: ChildProcess, channel: Channel) {
    this.info = info
    this.#process = process
    this.#channel = channel
  }

  /**
   * @param options `envoy` is brought along if it comes out of an image; `open` leaves the machine's files writable in there.
   * @throws HarnessError (`machine`) with what the system said if namespaces cannot be made here.
   */
  static async create({ envoy, open = false }: { envoy?: EnvoySource | undefined; open?: boolean } = {}): Promise<NamespaceSandbox> {
    const rootless = process.getuid?.() !== 0
    const child = start(rootless, open)
    const complaint = keepTail(child.stderr)
    const channel = new Channel(child.stdin, child.stdout)
    child.once('error', (error) => channel.close(new HarnessError('machine', `the sandbox does not start: ${error.message}`)))
    // Not at its exit: what it has said last is still to be read then.
    child.once('close', (code, signal) =>
      channel.close(new HarnessError('machine', `the sandbox has ended (${signal ?? `exit code ${code}`}): ${complaint()}`)),
    )
    const hello = await channel.ask('hello', {}).catch(async (error: HarnessError) => {
      await end(child)
      return explain(error)
    })
    const sandbox = new NamespaceSandbox({ id: 'namespaces', kind: 'namespaces', image: null, rootless, ...hello }, child, channel)
    if (envoy !== undefined && 'image' in envoy) await sandbox.#bring(envoy.image)
    return sandbox
  }

  async ask<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    if (method === 'drive' && !this.info.rootless && (params as PodPlan).backend === 'legacy') await haveLegacyModules()
    return this.#channel.ask(method, params)
  }

  entrance(pod: string): readonly string[] {
    const agentId = this.#agentId()
    const user = this.info.rootless ? ['--user'] : []
    return ['nsenter', '--target', agentId, ...user, '--mount', '--pid', '--', 'nsenter', `--net=${namespaceFolder}/${pod}`, '--']
  }

  /** The process that was started is unshare(1); the agent, the only one it has, is in the namespaces. */
  #agentId(): string {
    const { pid } = this.#process
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  }

  async #bring(image: string): Promise<void> {
    try {
      const { bringToNamespaces } = await import('./envoy/bring-envoy.ts')
      await bringToNamespaces(`/proc/${this.#agentId()}/root`, image)
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The agent ends with its input; resolves once it and with it everything in the sandbox is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#channel.close(new HarnessError('sidetrack', 'the sandbox has been closed'))
    await end(this.#process)
  }
}

/** The agent has neither the caller's capabilities nor his environment. */
function start(rootless: boolean, open: boolean): ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable } {
  const unshare = ['unshare', ...(rootless ? encloseUser : []), ...enclose, '--']
  const words = [...unshare, ...confined, '--', process.execPath, agent, ...(open ? ['open'] : [])]
  const own = passedOn()
  const env = { ...own, ...compileCache(), PATH: `${own['PATH'] ?? ''}:${systemPath}` }
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...words], { stdio: ['pipe', 'pipe', 'pipe'], detached: true, cwd: '/', env })
}

/** Ends an agent that is there, whatever it has said. */
async function end(agent: ChildProcess): Promise<void> {
  if (agent.pid === undefined || agent.exitCode !== null || agent.signalCode !== null) return
  const ended = once(agent, 'exit')
  agent.stdin?.end()
  await ended
}

/** Puts what this machine lacks in place of what the system said about it, where that is known. */
async function explain(error: HarnessError): Promise<never> {
  const { inspect } = await import('../sys/capabilities.ts')
  const lack = inspect().findings.find(({ backend }) => backend === undefined)
  if (lack === undefined) throw error
  const hint = lack.command === undefined ? {} : { hint: `mend it with: ${lack.command}` }
  throw new HarnessError('machine', `the sandbox does not start: ${lack.what} ${lack.problem}`, { cause: error, ...hint })
}
