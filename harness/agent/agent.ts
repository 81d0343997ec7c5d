import { release } from 'node:os'
import { HarnessError } from '../core/errors.ts'
import { type Backend, backends } from '../flow/backend.ts'
import { spawnProgram } from '../sys/spawn.ts'
import { PodRun } from './drive/pod-run.ts'
import type { Method, Methods } from './protocol.ts'
import { programName } from './rules/apply.ts'
import { Workers } from './workers.ts'

const versionMilliseconds = 5_000

type Handlers = { [M in Method]: (params: Methods[M]['params']) => Promise<Methods[M]['result']> }

/** What the runner can have done in the sandbox. */
export class Agent implements Handlers {
  readonly #workers = new Workers()
  readonly #pods = new Map<string, PodRun>()
  #podCount = 0

  async hello(): Promise<Methods['hello']['result']> {
    const versions = await Promise.all(backends.map(async (backend) => [backend, await iptablesVersion(backend)] as const))
    const iptables = Object.fromEntries(versions.filter(([, version]) => version !== undefined)) as Partial<Record<Backend, string>>
    return { kernel: release(), node: process.version, iptables }
  }

  async drive(plan: Methods['drive']['params']): Promise<Methods['drive']['result']> {
    this.#podCount += 1
    const name = `pod${this.#podCount}`
    const run = new PodRun(name, plan, this.#workers)
    this.#pods.set(name, run)
    try {
      return await run.drive()
    } catch (error) {
      await this.release({ pod: name })
      throw error
    }
  }

  async evidence({ pod, ...question }: Methods['evidence']['params']): Promise<Methods['evidence']['result']> {
    return this.#pod(pod).evidence(question)
  }

  async release({ pod }: Methods['release']['params']): Promise<object> {
    await this.#pod(pod).release()
    this.#pods.delete(pod)
    return {}
  }

  #pod(name: string): PodRun {
    const run = this.#pods.get(name)
    if (run === undefined) throw new HarnessError('sidetrack', `no such pod: ${name}`)
    return run
  }
}

/** @returns undefined if there is no such program. */
async function iptablesVersion(backend: Backend): Promise<string | undefined> {
  try {
    const { output } = await spawnProgram(programName('ipv4', backend, ''), ['--version'], { input: '', env: process.env, timeout: versionMilliseconds })
    return /v([\d.]+)/.exec(output)?.[1]
  } catch {
    return undefined
  }
}
