import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AskedVersion } from '../agent/protocol.ts'
import type { PodPlan } from '../flow/pod-plan.ts'
import { HarnessError } from '../core/errors.ts'
import type { Credentials } from '../flow/identity.ts'
import { inspect } from '../sys/machine/capabilities.js'
import { describeLack } from '../sys/machine/lack.js'
import { namespaceFolder } from '../sys/namespaces/namespace-folder.ts'
import { lackOfFiles, requireOpenFiles } from '../sys/files/open-files.ts'
import { isStopped } from '../sys/processes/process-state.ts'
import { keepTail } from '../sys/processes/tail.ts'
import { startAgent } from './agent-process.ts'
import { tooBusy } from './busy.ts'
import { Channel, greet } from './channel.ts'
import { type Deadlines, endAgent, type EndingAgent, endMilliseconds } from './end-agent.ts'
import type { EnvoySource } from './envoy/envoy-source.ts'
import { haveLegacyModules } from './legacy-modules.ts'
import { AgentPod, type Pod } from './pod.ts'
import type { Sandbox, SandboxInfo } from './sandbox.ts'

interface NamespaceOptions {
  /** Brought along if it comes out of an image. */
  envoy?: EnvoySource | undefined
  /** Leaves the machine's files writable in there, for commands that a user runs. */
  open?: boolean
  /** Milliseconds, where they are to be others than the usual ones. */
  deadlines?: Deadlines
}

/** The sandbox on this kernel: no daemon, and no root. */
export class NamespaceSandbox implements Sandbox {
  readonly info: SandboxInfo
  readonly #process: ChildProcess
  readonly #channel: Channel
  readonly #ending: EndingAgent

  private constructor(info: SandboxInfo, process: ChildProcess, channel: Channel, ending: EndingAgent) {
    this.info = info
    this.#process = process
    this.#channel = channel
    this.#ending = ending
  }

  /**
   * @throws HarnessError (`machine`) with what the system said if namespaces cannot be made here.
   */
  static async create({ envoy, open = false, deadlines = {} }: NamespaceOptions = {}): Promise<NamespaceSandbox> {
    requireOpenFiles()
    const rootless = process.getuid?.() !== 0
    const child = startAgent(open)
    const complaint = keepTail(child.stderr)
    const channel = new Channel(child.stdin, child.stdout, {
      explain: (message) => unanswered(message, child.pid),
    })
    // Not at its exit: what it has said last is still to be read then.
    child.once('close', (code, signal) => channel.close(endedAgent(code, signal, complaint())))
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    child.once('exit', () => end())
    child.once('error', (error) => {
      end()
      channel.close(lackOfFiles(error) ?? new HarnessError('machine', `the sandbox does not start: ${error.message}`))
    })
    const ending: EndingAgent = {
      ended,
      askToEnd: () => void child.stdin.end(),
      kill: () => kill(child),
      isHanging: () => channel.isOwed,
      milliseconds: deadlines.end ?? endMilliseconds,
    }
    const hello = await greet(channel, deadlines).catch(async (error: HarnessError) => {
      await endAgent(ending)
      return explain(error)
    })
    const info: SandboxInfo = { id: 'namespaces', kind: 'namespaces', image: null, rootless, ...hello }
    const sandbox = new NamespaceSandbox(info, child, channel, ending)
    if (envoy !== undefined && 'image' in envoy) await sandbox.#bring(envoy.image)
    return sandbox
  }

  async stand(plan: PodPlan): Promise<Pod> {
    if (!this.info.rootless && plan.backend === 'legacy') await haveLegacyModules()
    return AgentPod.stand(this.#channel, plan)
  }

  async ping(): Promise<void> {
    await this.#channel.ask('ping', {})
  }

  /** Has the agent wait so many milliseconds for what it has started. */
  async setPatience(milliseconds: number): Promise<void> {
    await this.#channel.ask('patience', { milliseconds })
  }

  version(program: string, credentials: Credentials): Promise<AskedVersion> {
    return this.#channel.ask('version', { program, credentials })
  }

  entrance(pod: string): readonly string[] {
    const agentId = this.#agentId()
    const user = this.info.rootless ? ['--user'] : []
    return [
      'nsenter',
      '--target',
      agentId,
      ...user,
      '--mount',
      '--pid',
      '--',
      'nsenter',
      `--net=${namespaceFolder}/${pod}`,
      '--',
    ]
  }

  /** The process that was started is unshare(1); the agent, the only one it has, is in the namespaces. */
  #agentId(): string {
    return String(childrenOf(this.#process.pid ?? 0)[0] ?? '')
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

  /**
   * The agent ends with its input, and is killed where it does not; resolves once it and with it everything in the
   * sandbox is gone.
   * @throws HarnessError (`machine`) if it is there even then.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#channel.close(new HarnessError('sidetrack', 'the sandbox has been closed'))
    await endAgent(this.#ending)
  }
}

/**
 * Not unshare(1), which would be gone before the rest is: it ends once its child has, and must not be stopped for that.
 */
function kill(encloser: ChildProcess): void {
  const [agent] = childrenOf(encloser.pid ?? 0)
  if (agent === undefined) encloser.kill('SIGKILL')
  else process.kill(agent, 'SIGKILL')
  encloser.kill('SIGCONT')
}

/**
 * Why an agent that is there has not answered: somebody has stopped it, it may have had no turn, or it hangs, which is
 * our fault.
 */
function unanswered(message: string, encloser: number | undefined): HarnessError {
  const stopped = encloser !== undefined && [encloser, ...childrenOf(encloser)].some(isStopped)
  if (!stopped) return tooBusy(message) ?? new HarnessError('sidetrack', message)
  return new HarnessError('machine', `${message}: it is stopped`, {
    hint: 'see who stops processes here (SIGSTOP), and run it again',
  })
}

/**
 * unshare(1) ends as its child has. Where that was by SIGKILL it fails at it, since it gives a signal its usual effect
 * first, and says so (sys-utils/unshare.c of util-linux 2.38: signal(SIGKILL, SIG_DFL) is refused).
 */
function endedAgent(code: number | null, signal: NodeJS.Signals | null, complaint: string): HarnessError {
  const isChildKilled = /sigprocmask unblock failed/.test(complaint)
  const killedBy = isChildKilled ? 'SIGKILL' : signal
  if (killedBy === null) return new HarnessError('machine', `the sandbox has ended (exit code ${code}): ${complaint}`)
  const hint =
    'see whether the machine has run out of memory (dmesg), or who else ends processes here, and run it again'
  return new HarnessError('machine', `the sandbox has ended (${killedBy}): its agent has been killed`, { hint })
}

/** The processes that a process's first thread has started. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Puts what this machine lacks in place of what the system said about it, where that is known. */
function explain(error: HarnessError): never {
  const lack = inspect().filter(({ backend, isLimit }) => backend === undefined && !isLimit)
  if (lack.length === 0) throw error
  const message = `the sandbox does not start: ${describeLack(lack, { isRoot: process.getuid?.() === 0 }).join('; ')}`
  throw new HarnessError('machine', message, { cause: error })
}
