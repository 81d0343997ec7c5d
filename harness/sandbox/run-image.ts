import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { HarnessError } from '../core/errors.ts'
import type { Finished } from '../sys/exec.ts'
import { attach } from './attach.ts'
import type { Engine, EngineContainer } from './container-engine.ts'
import { findImage } from './container-image.ts'
import { requireNamedEngine } from './container-probe.ts'
import { Watchdog } from './watchdog.ts'

const label = 'sidetrack.builder'
const MiB = 1024 * 1024
/** Whoever an image does not name is not root. */
const nobody = '65534:65534'

let watchdog: Watchdog | undefined

interface Limits {
  input: string
  /** Milliseconds after which it is killed. */
  timeout: number
  /** Bytes of output after which it is killed. */
  maxBuffer: number
}

/**
 * Runs an image's entry point to its end: no network, no capability, nothing it could write, and bounds for processes and memory.
 * The image is never pulled, and its container is removed whatever happens.
 * @throws HarnessError (`machine`) if there is no engine or no such image.
 */
export async function runImage(image: string, args: readonly string[], limits: Limits): Promise<Finished> {
  await requireNamedEngine()
  const { reachEngine } = await import('./container-engine.ts')
  const engine = await reachEngine()
  const [id] = await Promise.all([findImage(engine, image), removeForgotten(engine, (2 * limits.timeout) / 1000)])
  watchdog ??= new Watchdog()
  using guarded = watchdog.guard(`sidetrack-builder-${randomUUID()}`)
  const container = await create(engine, guarded.name, id, args).catch((error: Error) => {
    throw new HarnessError('machine', `the container engine does not make a container of '${image}': ${error.message.trim()}`, {
      cause: error,
    })
  })
  try {
    return await converse(engine, container, limits)
  } finally {
    await container.remove({ force: true }).catch(() => {})
  }
}

async function create(engine: Engine, name: string, image: string, args: readonly string[]): Promise<EngineContainer> {
  const { Config } = await engine.container.dockerode.getImage(image).inspect()
  return engine.container.dockerode.createContainer({
    name,
    Image: image,
    User: Config.User || nobody,

    ...(args.length > 0 && { Cmd: [...args] }),
    Labels: { [label]: '' },
    ...{ OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true, NetworkDisabled: true },
    HostConfig: {
      ...{ NetworkMode: 'none', CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true },
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,size=64m' },
      ...{ PidsLimit: 256, Memory: 512 * MiB, MemorySwap: 512 * MiB },
    },
  })
}

async function converse(engine: Engine, container: EngineContainer, { input, timeout, maxBuffer }: Limits): Promise<Finished> {
  const channel = await attach(engine, container.id)
  let ended: Pick<Finished, 'failure'> | undefined
  const end = (failure: string): void => {
    ended ??= { failure }
    container.kill().catch(() => {})
  }
  const [stdout, stderr] = [collect(maxBuffer, end), collect(maxBuffer, end)]
  engine.container.dockerode.modem.demuxStream(channel, stdout.stream, stderr.stream)
  channel.on('error', () => {})
  const closed = once(channel, 'close')
  const exit = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>
  try {
    await container.start()
  } catch (error) {
    exit.catch(() => {})
    const { message, json } = error as Error & { json?: { message?: string } }
    return { exitCode: undefined, stdout: '', stderr: '', failure: json?.message ?? message, notStarted: true }
  }
  const deadline = setTimeout(() => end(`it took longer than ${timeout} ms`), timeout)
  channel.end(input)
  const { StatusCode } = await exit
  clearTimeout(deadline)
  await closed
  return { exitCode: ended === undefined ? StatusCode : undefined, stdout: stdout.text(), stderr: stderr.text(), ...ended }
}

function collect(most: number, end: (failure: string) => void): { stream: PassThrough; text(): string } {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > most) return end(`it printed more than ${most} bytes`)
    chunks.push(chunk)
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

/**
 * The watchdog removes what a killed runner leaves. What both leave, because the machine has ended, is removed by the next run.
 * @param age seconds that no builder is given.
 */
async function removeForgotten(engine: Engine, age: number): Promise<void> {
  const containers = await engine.container.dockerode.listContainers({ all: true, filters: { label: [label] } })
  const stale = containers.filter(({ Created }) => Created <= Date.now() / 1000 - age)
  await Promise.allSettled(stale.map(({ Id }) => engine.container.getById(Id).remove({ force: true })))
}
