import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { FlowsAtOnce } from '../../harness/run/schedule/flows-at-once.ts'

/** Pods by the flows that each has, and what has begun so far. */
class Pods {
  readonly begun: string[] = []
  readonly #room: FlowsAtOnce
  readonly #rooms = new Map<string, Disposable>()

  constructor(most: number) {
    this.#room = new FlowsAtOnce(most)
  }

  async ask(name: string, flows: number): Promise<void> {
    const room = await this.#room.enter(flows)
    this.#rooms.set(name, room)
    this.begun.push(name)
  }

  async end(name: string): Promise<void> {
    this.#rooms.get(name)?.[Symbol.dispose]()
    await turn()
  }
}

t.test('pods with many flows wait for room, in their order', async (t) => {
  const pods = new Pods(100)
  for (const [name, flows] of [
    ['first', 60],
    ['second', 60],
    ['small', 10],
  ] as const)
    void pods.ask(name, flows)
  await turn()
  t.same(pods.begun, ['first'])
  await pods.end('first')
  t.same(pods.begun, ['first', 'second', 'small'])
})

t.test('one with more flows than there is room for has it to itself', async (t) => {
  const pods = new Pods(100)
  for (const [name, flows] of [
    ['small', 1],
    ['huge', 1000],
    ['next', 1],
  ] as const)
    void pods.ask(name, flows)
  await turn()
  t.same(pods.begun, ['small'])
  await pods.end('small')
  t.same(pods.begun, ['small', 'huge'])
  await pods.end('huge')
  t.same(pods.begun, ['small', 'huge', 'next'])
})
