import { type Duplex, PassThrough } from 'node:stream'
import { type ContainerRuntimeClient, GenericContainer, getContainerRuntimeClient, PullPolicy } from 'testcontainers'
import { HarnessError } from '../../core/errors.ts'
import { attach } from './attach.ts'
import { awaitEnd } from './await-end.ts'
import { agentInside, harnessFolders, nodeInside, packageFile, runtime } from '../container/container-contents.ts'
import { agentLabel } from './container-image.ts'
import { whyUnreachable } from './container-probe.ts'

/** The one door to testcontainers, which takes 0.3 s to load: whatever imports this file is imported when it is needed. */
export type Engine = ContainerRuntimeClient
export type EngineContainer = ReturnType<Engine['container']['getById']>
/** What the engine is asked for a container (its API's ContainerCreate). */
export type ContainerOptions = Parameters<Engine['container']['dockerode']['createContainer']>[0]

/** What the engine says of itself, as far as it matters here. */
export interface EngineSecurity {
  rootless: boolean
  /** What a container must be let off so that its processes may mount and join namespaces. */
  options: readonly string[]
}

/**
 * What the agent needs, and nothing else: pods, links and rules (NET_ADMIN, SYS_ADMIN), raw sockets (NET_RAW), to become
 * other identities (SETUID, SETGID), to give those what they need (DAC_READ_SEARCH is one of it), and to end them (KILL).
 */
const capabilities = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SETUID', 'SETGID', 'DAC_READ_SEARCH', 'KILL']

let reached: Promise<Engine> | undefined

/**
 * The engine, which whoever asks at the same time shares.
 * @throws HarnessError (`machine`) that says why there is none and what to do.
 */
export function reachEngine(): Promise<Engine> {
  reached ??= findEngine().catch((error: HarnessError) => {
    reached = undefined
    throw error
  })
  return reached
}

async function findEngine(): Promise<Engine> {
  const override = process.env['TESTCONTAINERS_HOST_OVERRIDE']
  // It would ask for the engine's bridge to learn its host's address, which nothing here uses and not every engine has.
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= 'localhost'
  try {
    return await getContainerRuntimeClient()
  } catch (error) {
    const hint = 'DEBUG=testcontainers shows what was tried'
    throw (
      (await whyUnreachable(process.env['DOCKER_HOST'])) ??
      new HarnessError('machine', `no container engine can be used: ${(error as Error).message}`, { hint })
    )
  } finally {
    if (override === undefined) delete process.env['TESTCONTAINERS_HOST_OVERRIDE']
  }
}

export async function readSecurity({ container: { dockerode } }: Engine): Promise<EngineSecurity> {
  const [{ SecurityOptions }, { Components }] = (await Promise.all([dockerode.info(), dockerode.version()])) as [
    { SecurityOptions?: string[] | null },
    { Components?: { Name: string }[] | null },
  ]
  const has = (name: string): boolean => SecurityOptions?.some((option) => option.split(',').includes(`name=${name}`)) ?? false
  const isPodman = Components?.some(({ Name }) => Name.startsWith('Podman')) ?? false
  // Podman does not heed MaskedPaths and ReadonlyPaths, and has a word of its own, which Docker refuses.
  return { rootless: has('rootless'), options: [...(has('apparmor') ? ['apparmor=unconfined'] : []), ...(isPodman ? ['unmask=ALL'] : [])] }
}

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
    // No paths masked and none read-only is what `--security-opt systempaths=unconfined` of Docker's command line means.
    Object.assign(this.hostConfig, { AutoRemove: true, MaskedPaths: [], ReadonlyPaths: [] })
    // It removes itself: neither testcontainers nor its reaper has anything to do.
    this.withAutoRemove(false)
      .withAutoCleanup(false)
      .withPullPolicy(PullPolicy.neverPull())
      .withLabels({ [agentLabel]: `${process.pid}` })
    this.withName(name).withNetworkMode('none')
    if (privileged) this.withPrivilegedMode()
    else
      this.withDroppedCapabilities('ALL')
        .withAddedCapabilities(...capabilities)
        .withSecurityOpt(...security.options)
    this.withUser('0:0').withWorkingDir('/').withEnvironment({ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' })
    this.withEntrypoint([...nodeInside]).withCommand([agentInside])
    this.withCopyDirectoriesToContainer([...harnessFolders]).withCopyContentToContainer([packageFile])
    if (!withRuntime) return
    const { programs, packages } = runtime()
    this.withCopyFilesToContainer(programs.map((copied) => ({ ...copied, mode: 0o755 }))).withCopyDirectoriesToContainer([...packages])
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
