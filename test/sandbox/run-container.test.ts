import { Duplex } from 'node:stream'
import t from 'tap'
import type { Engine, EngineContainer } from '../../harness/sandbox/container-engine.ts'
import { runContainer } from '../../harness/sandbox/run-container.ts'

const limits = { input: '', timeout: 60_000, maxBuffer: 1024 }

/** An engine whose containers do as they are told here. @param channel what it answers to whoever attaches. */
function engineWith(channel: Duplex): Engine {
  const modem = {
    dial: (_: object, answer: (error: null, stream: Duplex) => void) => answer(null, channel),
    demuxStream: () => channel.resume(),
  }
  return { container: { dockerode: { modem } } } as unknown as Engine
}

const newChannel = (): Duplex => new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
const container = (acts: object): EngineContainer => ({ id: 'c', kill: async () => {}, ...acts }) as unknown as EngineContainer

t.test('a connection to the engine that breaks is an error of the run: no timer is left, no rejection unheard', async (t) => {
  const channel = newChannel()
  const broken = container({
    start: async () => channel.destroy(new Error('read ECONNRESET')),
    wait: () => new Promise((_, reject) => setImmediate(() => reject(new Error('socket hang up')))),
  })
  await t.rejects(runContainer(engineWith(channel), broken, limits), { message: 'socket hang up' })
})

t.test('what an engine refuses to start has not started; that the engine does not answer says nothing of the container', async (t) => {
  const start = (error: object) => async () => Promise.reject(Object.assign(new Error('(HTTP code 400) - exec: no such file'), error))
  const refused = container({ start: start({ statusCode: 400, json: { message: 'exec: no such file' } }) })
  const ended = await runContainer(engineWith(newChannel()), refused, limits)
  t.match(ended, { exitCode: undefined, notStarted: true, failure: 'exec: no such file' })
  const unanswered = container({ start: start({ code: 'ECONNREFUSED' }) })
  await t.rejects(runContainer(engineWith(newChannel()), unanswered, limits), { code: 'ECONNREFUSED' })
})
