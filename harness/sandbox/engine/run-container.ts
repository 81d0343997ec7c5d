import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { durationBound, sizeBound } from '../../core/bounds.ts'
import { boundedOutput, mostComplaint } from '../../sys/processes/bounded-output.ts'
import type { Finished } from '../../sys/processes/exec.ts'
import { attach } from './attach.ts'
import { awaitEnd } from './await-end.ts'
import type { Engine, EngineContainer } from './container-engine.ts'

/** What a program in a container gets, and how far it may go. */
export interface Limits {
  input: string
  /** Milliseconds after which it is killed. */
  timeout: number
  /** Bytes of output after which it is killed. */
  maxBuffer: number
  /** Ends it. */
  signal?: AbortSignal
}

/**
 * Starts a container and waits for its end.
 * @param outputs `together` puts both into `stdout`, in the order in which they came.
 * @throws what the connection to the engine says where that fails; an engine that refuses to start it is in the result.
 */
export async function runContainer(
  engine: Engine,
  container: EngineContainer,
  { input, timeout, maxBuffer, signal }: Limits,
  outputs: 'apart' | 'together' = 'apart',
): Promise<Finished> {
  const channel = await attach(engine, container.id)
  let ended: Pick<Finished, 'failure' | 'isLate'> | undefined
  const end = (failure: string, isLate?: true): void => {
    ended ??= { failure, ...(isLate && { isLate }) }
    container.kill().catch(() => {})
  }
  const bounds = { most: maxBuffer, tooMuch: () => end(`it printed more than ${sizeBound(maxBuffer)}`) }
  const out = new PassThrough()
  const err = outputs === 'together' ? out : new PassThrough()
  const stdout = boundedOutput(out, { kept: maxBuffer, ...bounds })
  const stderr = err === out ? () => '' : boundedOutput(err, { kept: mostComplaint, ...bounds })
  engine.container.dockerode.modem.demuxStream(channel, out, err)
  // A broken connection shows up at the next request to the engine; nothing may be waiting for the channel by then.
  const closed = once(channel, 'close').catch(() => {})
  channel.on('error', () => {})
  try {
    await container.start()
  } catch (error) {
    const { message, json, statusCode } = error as Error & { json?: { message?: string }; statusCode?: number }
    if (statusCode === undefined) throw error
    return { exitCode: undefined, stdout: '', stderr: '', failure: json?.message ?? message, notStarted: true }
  }
  const deadline = setTimeout(() => end(`it took longer than ${durationBound(timeout)}`, true), timeout)
  const interrupt = (): void => end('it was interrupted')
  signal?.addEventListener('abort', interrupt)
  if (signal?.aborted) interrupt()
  channel.end(input)
  // Requested only after the start: the engine may answer an earlier request only once the container has ended.
  const status = await awaitEnd(engine, container.id, 'not-running').finally(() => {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', interrupt)
  })
  await closed
  const exitCode = ended === undefined ? status : undefined
  return { exitCode, stdout: stdout(), stderr: stderr(), ...ended }
}
