import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { type Call, environment, type sidetrack } from './command-line.ts'

interface Resident {
  port: MessagePort
  /** Counts the answers that have been given; whoever asks sleeps on it. */
  answers: Int32Array<SharedArrayBuffer>
}

let only: Resident | undefined

/** Milliseconds; more than any answer takes. */
const patience = 120_000

/**
 * What `sidetrack` does, in a thread that has loaded its code already, since a process of its own takes a quarter of a
 * second to begin. It has no signals, no terminal and no descriptors of its own: a `shell` would have the test's.
 * @throws Error when no answer comes: what ends its process has ended the thread.
 */
export function resident(args: readonly string[], { from, input = '' }: Call = {}): ReturnType<typeof sidetrack> {
  only ??= begin()
  const { port, answers } = only
  const before = Atomics.load(answers, 0)
  if (args.some((arg) => arg === '-' || arg.endsWith(':-'))) replaceStandardInput(input)
  port.postMessage({ args, input, env: environment(from) })
  if (Atomics.wait(answers, 0, before, patience) === 'timed-out') throw new Error(`no answer to: ${args.join(' ')}`)
  return receiveMessageOnPort(port)?.message
}

function begin(): Resident {
  const { port1: port, port2: own } = new MessageChannel()
  const answers = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(join(import.meta.dirname, 'fixtures/resident.ts'), {
    execArgv: [],
    workerData: { port: own, answers },
    transferList: [own],
  })
  worker.unref()
  port.unref()
  return { port, answers }
}

/** Descriptor 0 belongs to all threads; an ordinary file is at its end for every reader alike. */
function replaceStandardInput(text: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
  const file = join(folder, 'input')
  writeFileSync(file, text)
  closeSync(0)
  // The lowest that is free (open(2)).
  if (openSync(file, 'r') !== 0) throw new Error('descriptor 0 has gone to somebody else')
  rmSync(folder, { recursive: true })
}
