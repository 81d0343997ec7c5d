import { Duplex, Readable } from 'node:stream'
import t from 'tap'
import type { Engine, EngineContainer } from '../../../harness/sandbox/engine/container-engine.ts'
import { runContainer } from '../../../harness/sandbox/engine/run-container.ts'

const limits = { input: '', timeout: 60_000, maxBuffer: 1024 }

/**
 * An engine that answers as it is told here. @param channel for whoever attaches. @param ended for whoever waits for
 * the end.
 */
function engineWith(channel: Duplex, ended: Readable = Readable.from(['{"StatusCode":0}'])): Engine {
  const modem = {
    dial: ({ path }: { path: string }, answer: (error: null, stream: Readable) => void) =>
      answer(null, path.includes('/attach') ? channel : ended),
    demuxStream: () => channel.resume(),
  }
  return { container: { dockerode: { modem } } } as unknown as Engine
}

const newChannel = (): Duplex => new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
const container = (start: () => Promise<unknown>): EngineContainer =>
  ({ id: 'c', kill: async () => {}, start }) as unknown as EngineContainer

t.test(
  'a connection to the engine that breaks is an error of the run: no timer is left, no rejection unheard',
  async (t) => {
    const channel = newChannel()
    const broken = container(async () => channel.destroy(new Error('read ECONNRESET')))
    const refusing = new Readable({ read: () => setImmediate(() => refusing.destroy(new Error('socket hang up'))) })
    await t.rejects(runContainer(engineWith(channel, refusing), broken, limits), { message: 'socket hang up' })
  },
)

t.test('so is one that ends in the middle of an answer', { timeout: 10_000 }, async (t) => {
  const channel = newChannel()
  const broken = container(async () => channel.destroy())
  const half = new Readable({ read: () => setImmediate(() => half.destroy()) })
  await t.rejects(runContainer(engineWith(channel, half), broken, limits), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
})

t.test(
  'what an engine refuses to start has not started; that the engine does not answer says nothing of the container',
  async (t) => {
    const failing = (error: object) =>
      container(async () => Promise.reject(Object.assign(new Error('(HTTP code 400)'), error)))
    const refused = failing({ statusCode: 400, json: { message: 'exec: no such file' } })
    const ended = await runContainer(engineWith(newChannel()), refused, limits)
    t.match(ended, { exitCode: undefined, notStarted: true, failure: 'exec: no such file' })
    await t.rejects(runContainer(engineWith(newChannel()), failing({ code: 'ECONNREFUSED' }), limits), {
      code: 'ECONNREFUSED',
    })
  },
)
