import type { AskedVersion, Methods } from '../../agent/protocol.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { HarnessError } from '../../core/errors.ts'
import type { Credentials } from '../../flow/identity.ts'
import { keepTail } from '../../sys/processes/tail.ts'
import { bringToContainer } from '../envoy/bring-envoy.ts'
import { Channel, greet } from '../channel.ts'
import { type Deadlines, endAgent, endMilliseconds, type EndingAgent } from '../end-agent.ts'
import { runtimeKey } from './container-contents.ts'
import { findImage, hasImage, removeUnstarted } from '../engine/container-image.ts'
import type { EnvoySource } from '../envoy/envoy-source.ts'
import { openEngine } from '../engine/open-engine.ts'
import { removeOrphans } from '../engine/orphans.ts'
import { imageOf, ownReleases } from '../engine/own-images.ts'
import { keepPrepared, preparedName } from './prepared-image.ts'
import { AgentPod } from '../pod.ts'
import type { Sandbox, SandboxInfo } from '../sandbox.ts'
import { guardContainer } from '../engine/watchdog.ts'

/** The longest time between creating a container and starting it, in seconds. */
const longestStart = 60

export interface SandboxOptions {
  privileged?: boolean
  envoy?: EnvoySource | undefined
  /** Milliseconds, where they are to be others than the usual ones. */
  deadlines?: Deadlines
}

/** The sandbox in a container: the same pods, with the iptables that an image holds. */
export class ContainerSandbox implements Sandbox {
  readonly info: SandboxInfo
  /** The container, by its id on the engine. */
  readonly container: string
  readonly #channel: Channel
  readonly #ending: EndingAgent

  private constructor(info: SandboxInfo, container: string, channel: Channel, ending: EndingAgent) {
    this.info = info
    this.container = container
    this.#channel = channel
    this.#ending = ending
  }

  /**
   * Copying Node into a container takes 0.8 s, so the first one of an image is kept as an image for those to come.
   * @param image what it is called on the engine; anything with iptables and util-linux' setpriv, whatever its C
   * library.
   * @param options `privileged` takes every privilege in place of the few that are needed; `envoy` is brought along.
   * @throws HarnessError (`machine`) that says what there is not, or what the engine refuses.
   */
  static async create(
    image: string,
    { privileged = false, envoy, deadlines = {} }: SandboxOptions = {},
  ): Promise<ContainerSandbox> {
    const engine = await openEngine()
    const [{ AgentContainer: Agent }, { readSecurity }] = await Promise.all([
      import('./agent-container.ts'),
      import('../engine/container-engine.ts'),
    ])
    const [security, id] = await Promise.all([readSecurity(engine), findImage(engine, image)])
    const key = runtimeKey(id)
    const prepared = preparedName(key)
    const [isPrepared] = await Promise.all([
      hasImage(engine, prepared),
      removeUnstarted(engine, longestStart),
      removeOrphans(engine),
    ])
    const guarded = guardContainer('sidetrack-agent')
    const agent = new Agent(engine, isPrepared ? prepared : id, {
      name: guarded.name,
      security,
      privileged,
      withRuntime: !isPrepared,
      async beforeStart(made) {
        if (!isPrepared) await keepPrepared(engine, made, image, key)
        // Not into the image that is kept for others.
        if (envoy !== undefined) await bringToContainer(made, envoy)
      },
    })
    const complaint = keepTail(agent.stderr)
    const opened = await agent.open().catch((error: Error) => {
      guarded[Symbol.dispose]()
      if (error instanceof HarnessError) throw error
      if (privileged) throw refusedPrivilege(error)
      throw new HarnessError('machine', `the container engine does not start '${image}': ${error.message.trim()}`, {
        cause: error,
      })
    })
    const channel = new Channel(opened.input, agent.stdout)
    const release = (): void => guarded[Symbol.dispose]()
    opened.removed.then(release, release)
    opened.removed.then(
      (code) => channel.close(new HarnessError('machine', `the sandbox has ended (exit code ${code}): ${complaint()}`)),
      (error: Error) => channel.close(new HarnessError('machine', `the container engine is gone: ${error.message}`)),
    )
    const ending: EndingAgent = {
      ended: opened.removed.catch(() => {}),
      askToEnd: () => void opened.input.end(),
      kill: async () =>
        void engine.container
          .getById(opened.id)
          .remove({ force: true, v: true })
          .catch(() => {}),
      isHanging: () => channel.isOwed,
      milliseconds: deadlines.end ?? endMilliseconds,
    }
    const hello = await greet(channel, deadlines).catch(async (cause: HarnessError) => {
      await endAgent(ending)
      throw new HarnessError(cause.fault, `the image '${image}': ${cause.message}`, {
        cause,
        ...(cause.hint && { hint: cause.hint }),
      })
    })
    const info = { id: `container ${image}`, kind: 'container', image, rootless: security.rootless, ...hello } as const
    return new ContainerSandbox(info, opened.id, channel, ending)
  }

  /** @param plan with the pod that `prepare` has made for it, if it has. */
  stand(plan: PodPlan & Pick<Methods['stand']['params'], 'prepared'>): Promise<AgentPod> {
    return AgentPod.stand(this.#channel, plan)
  }

  /** Makes a pod of the container's own network namespace, for others to join. */
  async prepare(params: Methods['prepare']['params']): Promise<void> {
    await this.#channel.ask('prepare', params)
  }

  async ping(): Promise<void> {
    await this.#channel.ask('ping', {})
  }

  version(program: string, credentials: Credentials): Promise<AskedVersion> {
    return this.#channel.ask('version', { program, credentials })
  }

  /**
   * The agent ends with its input, and is killed where it does not; resolves once the container is removed.
   * @throws HarnessError (`machine`) if it is there even then.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#channel.close(new HarnessError('sidetrack', 'the sandbox has been closed'))
    await endAgent(this.#ending)
  }
}

/** The releases whose image the engine has. @throws HarnessError (`machine`) if there is no engine. */
export async function ownImagesBuilt(): Promise<string[]> {
  const engine = await openEngine()
  const names = Object.keys(ownReleases)
  const built = await Promise.all(names.map((name) => hasImage(engine, imageOf(name))))
  return names.filter((_, index) => built[index])
}

function refusedPrivilege(cause: Error): HarnessError {
  const why = cause.message.trim().split('\n').at(-1) ?? ''
  const hint = 'leave --privileged out: the capabilities that a container gets without it are enough'
  return new HarnessError('machine', `the container engine refuses --privileged: ${why}`, { cause, hint })
}
