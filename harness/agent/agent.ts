import { release } from 'node:os'
import { HarnessError } from '../core/errors.ts'
import { namedCredentials } from '../flow/identity.ts'
import { requireMapped } from './becoming.ts'
import { hasOwnStub, isTransparent } from './drive/listeners.ts'
import { PodRun } from './drive/pod-run.ts'
import { Pod } from './pod/pod.ts'
import { PodPool } from './pod/pool.ts'
import { askVersion, iptablesRemedies, iptablesVersions, requireSetpriv } from './programs.ts'
import { patience } from './patience.ts'
import type { Method, Methods, EmitResults } from './protocol.ts'
import type { PodPlan } from '../flow/pod-plan.ts'
import { requireOpenFiles } from '../sys/files/open-files.ts'
import { expectPrograms } from '../sys/processes/spawner.ts'
import { Workers } from './workers.ts'

type Handlers = { [M in Method]: (params: Methods[M]['params'], emit: EmitResults) => Promise<Methods[M]['result']> }

/** A pod from its standing to its end. */
interface Standing {
  run: PodRun
  pod: Pod
  plan: PodPlan
}

/** What the runner can have done in the sandbox. */
export class Agent implements Handlers {
  readonly #workers = new Workers()
  readonly #pool = new PodPool()
  readonly #standing = new Map<string, Standing>()
  /** The pod that the agent's own network namespace is. */
  #own: Pod | undefined

  /** Nearly every pod has rules loaded. */
  constructor() {
    expectPrograms()
  }

  async hello(): Promise<Methods['hello']['result']> {
    requireOpenFiles()
    // Nearly every pod has them: that they cannot be is better known before any stands.
    for (const credentials of [namedCredentials.app, namedCredentials.remote]) requireMapped(credentials)
    const [iptables] = await Promise.all([iptablesVersions(), requireSetpriv()])
    return { kernel: release(), node: process.version, iptables, remedies: iptablesRemedies() }
  }

  async ping(): Promise<object> {
    return {}
  }

  async patience({ milliseconds }: Methods['patience']['params']): Promise<object> {
    patience.milliseconds = milliseconds
    return {}
  }

  async prepare({ pod: name, backend, ...shape }: Methods['prepare']['params']): Promise<object> {
    this.#own = new Pod(name, shape, backend, { own: true })
    this.#own.awaitLinks()
    return {}
  }

  version({ program, credentials }: Methods['version']['params']): Promise<Methods['version']['result']> {
    return askVersion(program, credentials)
  }

  async stand({ prepared, ...plan }: Methods['stand']['params']): Promise<Methods['stand']['result']> {
    // It starts while the pod is made.
    if (hasOwnStub(plan.proxy) && isTransparent(plan.proxy)) this.#workers.expectTransparent(plan.proxy.credentials)
    const pod = prepared === undefined ? this.#pool.take(plan, plan.backend) : this.#prepared(prepared)
    const run = new PodRun(pod, plan, this.#workers)
    this.#standing.set(pod.name, { run, pod, plan })
    await using teardown = new AsyncDisposableStack()
    teardown.defer(async () => void (await this.close({ pod: pod.name })))
    await run.stand()
    teardown.move()
    return { pod: pod.name }
  }

  async unload({ pod }: Methods['unload']['params']): Promise<object> {
    await this.#find(pod).run.unload()
    return {}
  }

  async load({ pod, ...loading }: Methods['load']['params']): Promise<Methods['load']['result']> {
    return { applied: await this.#find(pod).run.load(loading) }
  }

  /** @param emit is given what became of flows. */
  async send({ pod, flows, ...options }: Methods['send']['params'], emit: EmitResults): Promise<object> {
    await this.#find(pod).run.send(flows, emit, options)
    return {}
  }

  async evidence({ pod }: Methods['evidence']['params']): Promise<Methods['evidence']['result']> {
    return this.#find(pod).run.evidence()
  }

  async close({ pod: name }: Methods['close']['params']): Promise<Methods['close']['result']> {
    const { run, pod, plan } = this.#find(name)
    this.#standing.delete(name)
    const isEmptied = (await run.leave()) && (await run.empty())
    if (pod === this.#own) return { isEmptied }
    if (isEmptied) this.#pool.giveBack(pod, plan, plan.backend)
    else pod.remove()
    return { isEmptied }
  }

  #prepared(name: string): Pod {
    if (this.#own?.name !== name) throw new HarnessError('sidetrack', `no pod has been prepared: ${name}`)
    return this.#own
  }

  #find(name: string): Standing {
    const standing = this.#standing.get(name)
    if (standing === undefined) throw new HarnessError('sidetrack', `no such pod: ${name}`)
    return standing
  }
}
