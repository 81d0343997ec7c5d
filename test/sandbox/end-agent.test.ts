import t from 'tap'
import { endAgent, type EndingAgent } from '../../harness/sandbox/end-agent.ts'

/** An agent that ends when it is asked to, only when it is killed, or never. */
function agent(endsWhen: 'asked' | 'killed' | 'never', hanging = false): { ending: EndingAgent; done: string[] } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done: string[] = []
  const on = (what: 'asked' | 'killed') => () => {
    done.push(what)
    if (what === endsWhen) resolve()
  }
  return {
    done,
    ending: { ended: promise, askToEnd: on('asked'), kill: on('killed'), isHanging: () => hanging, milliseconds: 20 },
  }
}

t.test('an agent that ends when it is asked is not killed', async (t) => {
  const { ending, done } = agent('asked')
  await endAgent(ending)
  t.same(done, ['asked'])
})

t.test('one that does not is killed', async (t) => {
  const { ending, done } = agent('killed')
  await endAgent(ending)
  t.same(done, ['asked', 'killed'])
})

t.test('one that hangs is killed without waiting', async (t) => {
  const { ending } = agent('killed', true)
  await endAgent({ ...ending, milliseconds: 100_000 })
  t.pass('at once')
})

t.test('one that is there even then is a fault of the machine, and nobody waits for ever', async (t) => {
  await t.rejects(endAgent(agent('never').ending), { fault: 'machine', message: /still there after 300 ms$/ })
})
