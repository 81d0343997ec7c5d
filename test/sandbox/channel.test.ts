import { PassThrough } from 'node:stream'
import t from 'tap'
import type { Request, Response } from '../../harness/agent/protocol.ts'
import { HarnessError } from '../../harness/core/errors.ts'
import { Channel, type ChannelOptions, greet } from '../../harness/sandbox/channel.ts'
import { readJsonLines, writeJsonLine } from '../../harness/sys/processes/json-lines.ts'

/** A channel to an agent that answers as the test has it. */
function channelTo(
  answer: (request: Request, say: (response: Response) => void) => void,
  options: ChannelOptions = {},
): Channel {
  const [input, output] = [new PassThrough(), new PassThrough()]
  readJsonLines(
    input,
    (request) => answer(request as Request, (response) => writeJsonLine(output, response)),
    () => {},
  )
  return new Channel(input, output, options)
}

/** Until whatever has been written is read. */
const channelTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const flow = (error: string) => ({ error, fault: 'machine', microseconds: 1, traced: [] }) as const

t.test(
  'flows are told in whatever order they end, and given on in that in which they were sent, as soon as may be',
  async (t) => {
    const answers = new Map<string, (response: Response) => void>()
    const channel = channelTo(({ method }, say) => void answers.set(method, say))
    const results = channel.send('pod1', Array(3).fill({}))[Symbol.asyncIterator]()
    await channelTurn()
    const say = answers.get('send')
    if (say === undefined) return t.fail('it is sent before anybody reads what comes of it')
    const told = async () => ((await results.next()).value as { error?: string } | undefined)?.error
    say({ id: 1, flows: [[2, flow('third')], [0, flow('first')]] }) // biome-ignore format: one line
    t.equal(await told(), 'first', 'before the others are known')
    say({ progress: true })
    say({ id: 1, flows: [[1, flow('second')]] })
    t.same([await told(), await told()], ['second', 'third'])
    say({ id: 1, result: {} })
    t.match(await results.next(), { done: true })
  },
)

t.test('what has been told is given on, and then why nothing more is', async (t) => {
  const error = { message: 'a process is gone', fault: 'machine' } as const
  const lost = channelTo(({ id }, say) => {
    say({ id, flows: [[0, flow('first')]] })
    say({ id, error })
  })
  const results = lost.send('pod1', Array(2).fill({}))[Symbol.asyncIterator]()
  t.match(await results.next(), { value: { error: 'first' } })
  await t.rejects(results.next(), error)
  const late = channelTo(({ id }, say) => {
    say({ id, flows: [[0, flow('first')]] })
    say({ id, error })
  })
  await t.rejects(Array.fromAsync(late.send('pod1', Array(1).fill({}))), error, 'though every flow was told of')
  const silent = channelTo(({ id }, say) => say({ id, result: {} }))
  await t.rejects(Array.fromAsync(silent.send('pod1', Array(1).fill({}))), {
    fault: 'sidetrack',
    message: 'the agent said nothing of a flow',
  })
})

t.test('an agent that says nothing is given up, and it is said what was waited for', async (t) => {
  const channel = channelTo(() => {})
  channel.expectAnswersWithin(20)
  const asked: Promise<unknown>[] = [channel.ask('stand', {} as never), channel.ask('ping', {})]
  const message = "the agent has not answered 'stand' for 20 ms"
  for (const answer of asked) await t.rejects(answer, { fault: 'sidetrack', message })
  await t.rejects(channel.ask('ping', {}), { message }, 'nothing is asked of it again')
  t.equal(channel.isOwed, true)
})

t.test('a new agent may take its time to start, whatever is expected of it then', async (t) => {
  const channel = channelTo(({ id, method }, say) => {
    if (method === 'hello') setTimeout(() => say({ id, result: {} }), 100)
  })
  await greet(channel, { answer: 20 })
  await t.rejects(channel.ask('ping', {}), { message: "the agent has not answered 'ping' for 20 ms" })
})

t.test('whose fault the silence is, is for those to say who see the agent', async (t) => {
  const explain = (message: string): HarnessError => new HarnessError('machine', `${message}: it is stopped`)
  const channel = channelTo(() => {}, { explain })
  channel.expectAnswersWithin(20)
  await t.rejects(channel.ask('ping', {}), { fault: 'machine', message: /it is stopped$/ })
})

t.test('an agent that gets on with it is waited for, however long it takes', async (t) => {
  const channel = channelTo(({ id }, say) => {
    let told = 0
    const telling = setInterval(() => {
      told += 1
      if (told < 60) return say({ progress: true })
      clearInterval(telling)
      say({ id, result: {} })
    }, 5)
  })
  channel.expectAnswersWithin(200)
  await channel.ask('ping', {})
  t.equal(channel.isOwed, false)
})

t.test('a channel that is closed answers with the reason', async (t) => {
  const channel = channelTo(() => {})
  const asked = channel.ask('ping', {})
  channel.close(new HarnessError('machine', 'the sandbox has ended'))
  channel.close(new HarnessError('machine', 'another'))
  for (const answer of [asked, channel.ask('ping', {})]) await t.rejects(answer, { message: 'the sandbox has ended' })
})
