import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Method, Methods } from '../agent/protocol.ts'
import { HarnessError } from '../core/errors.ts'
import { inspect } from '../sys/capabilities.js'
import { spawnEnclosed } from '../sys/enclose.js'
import { describeLack } from '../sys/lack.js'
import { namespaceFolder } from '../sys/namespace-folder.ts'
import { systemEnvironment } from '../sys/requirements.js'
import { keepTail } from '../sys/tail.ts'
import { Channel } from './channel.ts'
import type { EnvoySource } from './envoy/envoy-source.ts'
import type { Sandbox, SandboxInfo } from './sandbox.ts'

const agent = fileURLToPath(new URL(`../agent/main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))

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
   * @param options `envoy` is brought along if it comes out of an image.
   * @throws HarnessError (`machine`) with what the system said if namespaces cannot be made here.
   */
  static async create({ envoy }: { envoy?: EnvoySource | undefined } = {}): Promise<NamespaceSandbox> {
    const rootless = process.getuid?.() !== 0
    const child = spawnEnclosed([process.execPath, agent], { env: { ...systemEnvironment(), ...compileCache() } })
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

  ask<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
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

/** Ends an agent that is there, whatever it has said. */
async function end(agent: ChildProcess): Promise<void> {
  if (agent.pid === undefined || agent.exitCode !== null || agent.signalCode !== null) return
  const ended = once(agent, 'exit')
  agent.stdin?.end()
  await ended
}

/** The agent uses the compile cache that this process uses, if it does: it is up in 90 ms then, in place of 220. */
function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}

/** Puts what this machine lacks in place of what the system said about it, where that is known. */
function explain(error: HarnessError): never {
  const lack = inspect().filter(({ backend, isLimit }) => backend === undefined && !isLimit)
  if (lack.length === 0) throw error
  const message = `the sandbox does not start: ${describeLack(lack, { isRoot: process.getuid?.() === 0 }).join('; ')}`
  throw new HarnessError('machine', message, { cause: error })
}
