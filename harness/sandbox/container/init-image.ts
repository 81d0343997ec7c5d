import type { DriveResult, Method, Methods, PodPlan } from '../../agent/protocol.ts'
import { HarnessError } from '../../core/errors.ts'
import type { EndedInitContainer } from '../../flow/init-container.ts'
import { ContainerSandbox, type SandboxOptions } from './container.ts'
import type { Engine } from '../engine/container-engine.ts'
import { findImage } from '../engine/container-image.ts'
import { openEngine } from '../engine/open-engine.ts'
import { type InitImage, iptablesOf, runInitContainer } from './init-container.ts'
import type { Sandbox, SandboxInfo } from '../sandbox.ts'

/** A container whose own network namespace is a pod. */
interface PodContainer {
  sandbox: ContainerSandbox
  pod: string
  /** What its pod is made of. */
  shape: string
}

const shapeOf = ({ links, inner, backend }: PodPlan): string => JSON.stringify([links, inner, backend])

/**
 * The sandbox in which the mesh's init container applies the rules, from the mesh's own image: one container a pod, as in
 * Kubernetes, with the peers nested in it. One that has been emptied is used again for the next pod of its shape.
 */
export class InitImageSandbox implements Sandbox {
  readonly info: SandboxInfo
  readonly #engine: Engine
  readonly #image: InitImage
  readonly #open: () => Promise<ContainerSandbox>
  /** Containers that nothing has been made in. */
  readonly #fresh: ContainerSandbox[]
  readonly #opened: Set<ContainerSandbox>
  readonly #standing = new Map<string, PodContainer>()
  #idle: PodContainer[] = []
  #count = 0

  private constructor(
    info: SandboxInfo,
    { engine, image, open, first }: { engine: Engine; image: InitImage; open: () => Promise<ContainerSandbox>; first: ContainerSandbox },
  ) {
    this.info = info
    this.#engine = engine
    this.#image = image
    this.#open = open
    this.#fresh = [first]
    this.#opened = new Set([first])
  }

  /**
   * @param image what the pods' containers are made of, as for `ContainerSandbox`.
   * @param initImage what the init containers are made of; it needs iptables, and what the mesh starts it with.
   * @throws HarnessError (`machine`) that says what there is not, or what the engine refuses.
   */
  static async create(image: string, initImage: string, options: SandboxOptions): Promise<InitImageSandbox> {
    const engine = await openEngine()
    const own = { name: initImage, id: await findImage(engine, initImage) }
    const open = (): Promise<ContainerSandbox> => ContainerSandbox.create(image, options)
    const opening = open()
    opening.catch(() => {})
    const tool = await iptablesOf(engine, own).catch(async (error: HarnessError) => {
      await (await opening.catch(() => undefined))?.[Symbol.asyncDispose]()
      throw error
    })
    const first = await opening
    const info = {
      ...first.info,
      id: `init container ${initImage}`,
      image: initImage,
      podImage: image,
      iptables: { [tool.backend]: tool.version },
      remedies: {},
    }
    return new InitImageSandbox(info, { engine, image: own, open, first })
  }

  async ask<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    if (method === 'drive') return (await this.#drive(params as PodPlan)) as Methods[M]['result']
    if (method === 'version') return this.#any().ask(method, params)
    if (method === 'hello') return (await this.#hello()) as Methods[M]['result']
    const { pod } = params as { pod: string }
    const container = this.#standing.get(pod)
    if (container === undefined) throw new HarnessError('sidetrack', `no such pod: ${pod}`)
    if (method === 'release') return (await this.#release(container)) as Methods[M]['result']
    return container.sandbox.ask(method, params)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened].map((sandbox) => sandbox[Symbol.asyncDispose]()))
  }

  /** One of the containers, which are all alike. */
  #any(): ContainerSandbox {
    const [first] = this.#opened
    if (first === undefined) throw new HarnessError('sidetrack', 'no container is open')
    return first
  }

  /** @throws HarnessError if one of the containers is gone, or the engine, which makes the next ones. */
  async #hello(): Promise<Methods['hello']['result']> {
    await this.#engine.container.dockerode.ping().catch((cause: Error) => {
      throw new HarnessError('machine', `the container engine is gone: ${cause.message}`, { cause })
    })
    await Promise.all([...this.#opened].map((sandbox) => sandbox.ask('hello', {})))
    return this.info
  }

  async #drive({ initContainers = [], ...plan }: PodPlan): Promise<DriveResult> {
    const container = await this.#take(plan)
    const { sandbox, pod } = container
    try {
      const ended: EndedInitContainer[] = []
      for (const spec of Array.from({ length: plan.times }, () => initContainers).flat()) {
        ended.push(await runInitContainer(this.#engine, this.#image, spec, sandbox.container))
        if (ended.at(-1)?.exitCode !== 0) break
      }
      const result = await sandbox.ask('drive', { ...plan, prepared: { pod, ended } })
      this.#standing.set(pod, container)
      return { ...result, initContainers: ended }
    } catch (error) {
      await this.#close(sandbox)
      throw error
    }
  }

  async #release(container: PodContainer): Promise<Methods['release']['result']> {
    this.#standing.delete(container.pod)
    const released = await container.sandbox.ask('release', { pod: container.pod })
    if (released.isEmptied) this.#idle.push(container)
    else await this.#close(container.sandbox)
    return released
  }

  /** @returns a container with an empty pod of the shape that is asked for; one of another shape that nobody needs makes room. */
  async #take(plan: PodPlan): Promise<PodContainer> {
    const shape = shapeOf(plan)
    const known = this.#idle.find((container) => container.shape === shape)
    const other = known ?? this.#idle[0]
    this.#idle = this.#idle.filter((container) => container !== other)
    if (known !== undefined) return known
    const [sandbox] = await Promise.all([this.#fresh.pop() ?? this.#start(), other && this.#close(other.sandbox)])
    this.#count += 1
    const pod = `pod${this.#count}`
    const { links, inner, backend } = plan
    try {
      await sandbox.ask('prepare', { pod, links, ...(inner && { inner }), backend })
      return { sandbox, pod, shape }
    } catch (error) {
      await this.#close(sandbox)
      throw error
    }
  }

  async #start(): Promise<ContainerSandbox> {
    const sandbox = await this.#open()
    this.#opened.add(sandbox)
    return sandbox
  }

  async #close(sandbox: ContainerSandbox): Promise<void> {
    this.#opened.delete(sandbox)
    await sandbox[Symbol.asyncDispose]()
  }
}
