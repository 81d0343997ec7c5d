import { type ContainerRuntimeClient, getContainerRuntimeClient } from 'testcontainers'
import { HarnessError } from '../../core/errors.ts'
import { whyUnreachable } from './container-probe.ts'

/** The only import of testcontainers, which takes 0.3 s to load: import this file lazily. */
export { GenericContainer, PullPolicy } from 'testcontainers'
export type Engine = ContainerRuntimeClient
export type EngineContainer = ReturnType<Engine['container']['getById']>
/** What the engine is asked for a container (its API's ContainerCreate). */
export type ContainerOptions = Parameters<Engine['container']['dockerode']['createContainer']>[0]

/** The facts about the engine that matter here. */
export interface EngineSecurity {
  rootless: boolean
  /** The security options that let processes in a container mount file systems and join namespaces. */
  options: readonly string[]
  /**
   * Which limits it can set; without control groups of its own, as some that run without root, it refuses those that it
   * cannot.
   */
  limits: { memory: boolean; processes: boolean }
}

let reached: Promise<Engine> | undefined

/**
 * The engine; concurrent callers share it.
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
  const [{ SecurityOptions, MemoryLimit, SwapLimit, PidsLimit }, { Components }] = (await Promise.all([
    dockerode.info(),
    dockerode.version(),
  ])) as [
    { SecurityOptions?: string[] | null; MemoryLimit?: boolean; SwapLimit?: boolean; PidsLimit?: boolean },
    { Components?: { Name: string }[] | null },
  ]
  const has = (name: string): boolean =>
    SecurityOptions?.some((option) => option.split(',').includes(`name=${name}`)) ?? false
  const isPodman = Components?.some(({ Name }) => Name.startsWith('Podman')) ?? false
  // Podman ignores MaskedPaths and ReadonlyPaths and has an option of its own, which Docker refuses.
  return {
    rootless: has('rootless'),
    options: [...(has('apparmor') ? ['apparmor=unconfined'] : []), ...(isPodman ? ['unmask=ALL'] : [])],
    limits: { memory: MemoryLimit === true && SwapLimit === true, processes: PidsLimit === true },
  }
}
