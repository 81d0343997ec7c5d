import { HarnessError } from '../../core/errors.ts'
import type { Finished } from '../../sys/processes/exec.ts'
import type { ContainerOptions, Engine } from './container-engine.ts'
import { removeOrphans, runnerLabels } from './orphans.ts'
import { type Limits, runContainer } from './run-container.ts'
import { guardContainer } from './watchdog.ts'

const MiB = 1024 * 1024
/** More than any builder or init container needs. */
const bounds = { PidsLimit: 256, Memory: 512 * MiB, MemorySwap: 512 * MiB }

/**
 * Runs a stranger's program in a container of its own to its end, within bounds for processes and memory. The container
 * is removed whatever happens: by a watchdog where this process is killed, by the next run where that is killed too or
 * the machine ends. Until then it has no more of the processor than it was to have.
 * @param label that all of its kind have.
 * @throws HarnessError (`machine`) if the engine makes no such container, or is gone.
 */
export async function runForeign(
  engine: Engine,
  label: string,
  image: string,
  { HostConfig, ...options }: ContainerOptions,
  limits: Limits,
  outputs?: 'together',
): Promise<Finished> {
  await removeOrphans(engine)
  const seconds = Math.ceil(limits.timeout / 1000)
  using guarded = guardContainer(label.replace('.', '-'))
  const made = engine.container.dockerode.createContainer({
    ...options,
    name: guarded.name,
    Labels: { [label]: '', ...runnerLabels(2 * seconds) },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { ...HostConfig, ...bounds, Ulimits: [{ Name: 'cpu', Soft: seconds, Hard: seconds }] },
  })
  const container = await made.catch((cause: Error) => {
    throw new HarnessError(
      'machine',
      `the container engine does not make a container of '${image}': ${cause.message.trim()}`,
      { cause },
    )
  })
  try {
    return await runContainer(engine, container, limits, outputs)
  } catch (cause) {
    const why = (cause as Error).message.trim()
    throw new HarnessError(
      'machine',
      `the container engine does not run a container of '${image}' to its end: ${why}`,
      { cause },
    )
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {})
  }
}
