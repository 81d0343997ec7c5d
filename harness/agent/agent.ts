import { release } from 'node:os'
import { HarnessError } from '../core/errors.ts'
import { PodRun } from './drive/pod-run.ts'
import { Pod } from './pod/pod.ts'
import { emptyPod, PodPool } from './pod/pool.ts'
import { askVersion, iptablesRemedies, iptablesVersions, requireSetpriv } from './programs.ts'
import { patience } from './patience.ts'
import type { Driven, Method, Methods, PodPlan, TellFlows } from './protocol.ts'
import { requireOpenFiles } from '../sys/open-files.ts'
import { Workers } from './workers.ts'

/** What a handler gives back, where it is not the result itself: flows are told one after the other. */
type Answer<M extends Method> = M extends 'drive' ? Driven : Methods[M]['result']
type Handlers = { [M in Method]: (params: Methods[M]['params'], tell: TellFlows) => Promise<Answer<M>> }

/** A pod from its drive to its release. */
interface Standing {
  run: PodRun
  pod: Pod
  plan: PodPlan
}

/** What the runner can have done in the sandbox. */
export class Agent implements Handlers {
  readonly #workers = new Workers()
  readonly #pool = new PodPool()
  readonly #runs = new Map<string, Standing>()
  /** The pod that the agent's own network namespace is. */
  #own: Pod | undefined

  async hello({ patience: milliseconds }: Methods['hello']['params']): Promise<Methods['hello']['result']> {
    if (milliseconds !== undefined) patience.milliseconds = milliseconds
    requireOpenFiles()
    const [iptables] = await Promise.all([iptablesVersions(), requireSetpriv()])
    return { kernel: release(), node: process.version, iptables, remedies: iptablesRemedies() }
  }

  async prepare({ pod: name, backend, ...shape }: Methods['prepare']['params']): Promise<object> {
    this.#own = new Pod(name, shape, backend, { own: true })
    this.#own.awaitLinks()
    return {}
  }

  version({ program, credentials }: Methods['version']['params']): Promise<Methods['version']['result']> {
    return askVersion(program, credentials)
  }

  /** @param tell is given what became of flows. */
  async drive(plan: Methods['drive']['params'], tell: TellFlows): Promise<Driven> {
    const pod = plan.prepared === undefined ? this.#pool.take(plan, plan.backend) : this.#prepared(plan.prepared)
    const run = new PodRun(pod, plan, this.#workers)
    this.#runs.set(pod.name, { run, pod, plan })
    try {
      return await run.drive(tell)
    } catch (error) {
      await this.release({ pod: pod.name })
      throw error
    }
  }

  async evidence({ pod }: Methods['evidence']['params']): Promise<Methods['evidence']['result']> {
    return this.#standing(pod).run.evidence()
  }

  async release({ pod: name }: Methods['release']['params']): Promise<Methods['release']['result']> {
    const { run, pod, plan } = this.#standing(name)
    this.#runs.delete(name)
    const isQuiet = await run.leave()
    if (plan.prepared !== undefined) return { isEmptied: isQuiet && (await emptyPod(pod, plan.backend, plan.rules)) }
    if (!isQuiet) pod.remove()
    return { isEmptied: isQuiet && (await this.#pool.giveBack(pod, plan, plan.backend, plan.rules)) }
  }

  #prepared({ pod }: NonNullable<PodPlan['prepared']>): Pod {
    if (this.#own?.name !== pod) throw new HarnessError('sidetrack', `no pod has been prepared: ${pod}`)
    return this.#own
  }

  #standing(name: string): Standing {
    const standing = this.#runs.get(name)
    if (standing === undefined) throw new HarnessError('sidetrack', `no such pod: ${name}`)
    return standing
  }
}
