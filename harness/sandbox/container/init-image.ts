import type { AskedVersion } from '../../agent/protocol.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { HarnessError } from '../../core/errors.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { InitContainer } from '../../flow/init-container.ts'
import { ContainerSandbox, type SandboxOptions } from './container.ts'
import type { Engine } from '../engine/container-engine.ts'
import { findImage } from '../engine/container-image.ts'
import { openEngine } from '../engine/open-engine.ts'
import { type InitImage, iptablesOf, runInitContainer } from './init-container.ts'
import { InitImagePod } from './init-image-pod.ts'
import type { Pod } from '../pod.ts'
import type { Sandbox, SandboxInfo } from '../sandbox.ts'

/** A container whose own network namespace is a pod. */
interface PodContainer {
  sandbox: ContainerSandbox
  pod: string
  /** What its pod is made of. */
  shape: string
}

const shapeOf = ({ links, inner, loopback, backend }: PodPlan): string =>
  JSON.stringify([links, inner, loopback, backend])

/**
 * The sandbox in which the mesh's init container applies the rules, from the mesh's own image: one container a pod, as
 * in Kubernetes, with the peers nested in it. One that has been emptied is used again for the next pod of its shape.
 */
export class InitImageSandbox implements Sandbox {
  readonly info: SandboxInfo
  readonly #engine: Engine
  readonly #image: InitImage
  readonly #open: () => Promise<ContainerSandbox>
  /** Containers that nothing has been made in. */
  readonly #fresh: ContainerSandbox[]
  readonly #opened: Set<ContainerSandbox>
  #idle: PodContainer[] = []
  #count = 0

  private constructor(
    info: SandboxInfo,
    {
      engine,
      image,
      open,
      first,
    }: { engine: Engine; image: InitImage; open: () => Promise<ContainerSandbox>; first: ContainerSandbox },
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

  /** Of a pod that is lost, and of one that cannot be emptied, the container goes as well. */
  async stand(plan: PodPlan): Promise<Pod> {
    await using teardown = new AsyncDisposableStack()
    const container = await this.#take(plan)
    teardown.defer(() => this.#close(container.sandbox))
    const pod = await container.sandbox.stand({ ...plan, prepared: container.pod })
    teardown.move()
    const run = (spec: InitContainer) => runInitContainer(this.#engine, this.#image, spec, container.sandbox.container)
    return new InitImagePod(pod, run, (isEmptied) => this.#takeBack(container, isEmptied))
  }

  /** @throws HarnessError if one of the containers is gone, or the engine, which makes the next ones. */
  async ping(): Promise<void> {
    await this.#engine.container.dockerode.ping().catch((cause: Error) => {
      throw new HarnessError('machine', `the container engine is gone: ${cause.message}`, { cause })
    })
    await Promise.all([...this.#opened].map((sandbox) => sandbox.ping()))
  }

  /** Asks one of the containers, which are all alike. */
  async version(program: string, credentials: Credentials): Promise<AskedVersion> {
    const [first] = this.#opened
    if (first === undefined) throw new HarnessError('sidetrack', 'no container is open')
    return first.version(program, credentials)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened].map((sandbox) => sandbox[Symbol.asyncDispose]()))
  }

  async #takeBack(container: PodContainer, isEmptied: boolean): Promise<void> {
    if (isEmptied) this.#idle.push(container)
    else await this.#close(container.sandbox)
  }

  /**
   * @returns a container with an empty pod of the shape that is asked for; one of another shape that nobody needs makes
   * room.
   */
  async #take(plan: PodPlan): Promise<PodContainer> {
    const shape = shapeOf(plan)
    const known = this.#idle.find((container) => container.shape === shape)
    const other = known ?? this.#idle[0]
    this.#idle = this.#idle.filter((container) => container !== other)
    if (known !== undefined) return known
    const [sandbox] = await Promise.all([this.#fresh.pop() ?? this.#start(), other && this.#close(other.sandbox)])
    this.#count += 1
    const pod = `pod${this.#count}`
    const { links, inner, loopback, backend } = plan
    try {
      await sandbox.prepare({ pod, links, ...(inner && { inner }), ...(loopback && { loopback }), backend })
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
