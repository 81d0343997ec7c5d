import { type Duplex, PassThrough } from 'node:stream'
import { agentCapabilities } from '../../sys/privileges/privileges.ts'
import { attach } from '../engine/attach.ts'
import { awaitEnd } from '../engine/await-end.ts'
import {
  type Engine,
  type EngineContainer,
  type EngineSecurity,
  GenericContainer,
  PullPolicy,
} from '../engine/container-engine.ts'
import { agentLabel } from '../engine/container-image.ts'
import { agentInside, harnessFolders, nodeInside, packageFile, runtime } from './container-contents.ts'

const MiB = 1024 * 1024
/**
 * What the agent may take: a process of ours has a dozen threads, so that is 300 of them; ten thousand flows in
 * one pod take the tenth part of that memory.
 */
const mostProcesses = { PidsLimit: 4096 }
const mostMemory = { Memory: 4096 * MiB, MemorySwap: 4096 * MiB }

/**
 * A container whose first process is the agent. It takes no network, no mount and no privilege it does not need, and it
 * removes itself: its input is this process's connection to the engine, and the agent ends with that.
 */
export class AgentContainer extends GenericContainer {
  readonly stdout = new PassThrough()
  readonly stderr = new PassThrough()
  readonly #engine: Engine
  readonly #beforeStart: (container: EngineContainer) => Promise<void>
  #container: EngineContainer | undefined
  #input: Duplex | undefined
  /** Resolves with the agent's exit code once the container is removed. */
  #removed: Promise<number> | undefined

  /** @param options `withRuntime` where the image does not have Node and packages yet. */
  constructor(
    engine: Engine,
    image: string,
    {
      name,
      security,
      privileged,
      withRuntime,
      beforeStart,
    }: {
      name: string
      security: EngineSecurity
      privileged: boolean
      withRuntime: boolean
      beforeStart: (container: EngineContainer) => Promise<void>
    },
  ) {
    super(image)
    this.#engine = engine
    this.#beforeStart = beforeStart
    Object.assign(this.createOpts, {
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Healthcheck: { Test: ['NONE'] },
    })
    // No paths masked and none read-only is what `--security-opt systempaths=unconfined` of Docker's command line
    // means.
    const { memory, processes } = security.limits
    Object.assign(this.hostConfig, {
      ...(memory && mostMemory),
      ...(processes && mostProcesses),
      AutoRemove: true,
      MaskedPaths: [],
      ReadonlyPaths: [],
    })
    // It removes itself: neither testcontainers nor its reaper has anything to do.
    this.withAutoRemove(false)
      .withAutoCleanup(false)
      .withPullPolicy(PullPolicy.neverPull())
      .withLabels({ [agentLabel]: `${process.pid}` })
    this.withName(name).withNetworkMode('none')
    if (privileged) this.withPrivilegedMode()
    else
      this.withDroppedCapabilities('ALL')
        .withAddedCapabilities(...agentCapabilities.map((name) => name.toUpperCase()))
        .withSecurityOpt('no-new-privileges', ...security.options)
    this.withUser('0:0')
      .withWorkingDir('/')
      .withEnvironment({ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' })
    this.withEntrypoint([...nodeInside]).withCommand([agentInside])
    this.withCopyDirectoriesToContainer([...harnessFolders]).withCopyContentToContainer([packageFile])
    if (!withRuntime) return
    const { programs, packages } = runtime()
    this.withCopyFilesToContainer(
      programs.map((copied) => ({ ...copied, mode: 0o755 })),
    ).withCopyDirectoriesToContainer([...packages])
  }

  /** Starts it. @returns its id, the agent's input, and its end. @throws what the engine says; nothing is left then. */
  async open(): Promise<{ id: string; input: Duplex; removed: Promise<number> }> {
    try {
      await this.start()
    } catch (error) {
      await this.#container?.remove({ force: true, v: true }).catch(() => {})
      // One that was started and has ended already: its end says more than the engine does.
      if (this.#removed === undefined || !/no such container/i.test((error as Error).message)) throw error
    }
    return { id: this.#container?.id ?? '', input: this.#input as Duplex, removed: this.#removed as Promise<number> }
  }

  /** Before it starts, so that nothing it says is lost. */
  protected override async containerCreated(id: string): Promise<void> {
    this.#container = this.#engine.container.getById(id)
    await this.#beforeStart(this.#container)
    const attached = await attach(this.#engine, id)
    this.#input = attached
    this.#engine.container.dockerode.modem.demuxStream(attached, this.stdout, this.stderr)
    this.#removed = awaitEnd(this.#engine, id, 'removed')
    this.#removed.catch(() => {})
  }
}
