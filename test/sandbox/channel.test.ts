import { PassThrough } from 'node:stream'
import t from 'tap'
import type { Request, Response } from '../../harness/agent/protocol.ts'
import { HarnessError } from '../../harness/core/errors.ts'
import { Channel, type ChannelOptions } from '../../harness/sandbox/channel.ts'
import { readJsonLines, writeJsonLine } from '../../harness/sys/json-lines.ts'

/** A channel to an agent that answers as the test has it. */
function channelTo(answer: (request: Request, say: (response: Response) => void) => void, options: ChannelOptions = {}): Channel {
  const [input, output] = [new PassThrough(), new PassThrough()]
  readJsonLines(
    input,
    (request) => answer(request as Request, (response) => writeJsonLine(output, response)),
    () => {},
  )
  return new Channel(input, output, options)
}

const flow = (error: string) => ({ error, fault: 'machine', microseconds: 1, traced: [] }) as const

t.test('flows are told one after the other, and come together in the order of the plan', async (t) => {
  const channel = channelTo(({ id }, say) => {
    say({ id, flows: [[2, flow('third')]] })
    say({ progress: true })
    say({ id, flows: [[0, flow('first')], [1, flow('second')]] }) // biome-ignore format: one line
    say({ id, result: { pod: 'pod1', applied: 'none', readyMs: 1 } })
  })
  const { pod, flows } = await channel.ask('drive', {} as never)
  t.equal(pod, 'pod1')
  t.match(flows, [{ error: 'first' }, { error: 'second' }, { error: 'third' }])
})

t.test('an agent that says nothing is given up, and it is said what was waited for', async (t) => {
  const channel = channelTo(() => {}, { answerWithin: 20 })
  const asked: Promise<unknown>[] = [channel.ask('drive', {} as never), channel.ask('hello', {})]
  const message = "the agent has not answered 'drive' for 20 ms"
  for (const answer of asked) await t.rejects(answer, { fault: 'sidetrack', message })
  await t.rejects(channel.ask('hello', {}), { message }, 'nothing is asked of it again')
  t.equal(channel.isOwed, true)
})

t.test('whose fault the silence is, is for those to say who see the agent', async (t) => {
  const explain = (message: string): HarnessError => new HarnessError('machine', `${message}: it is stopped`)
  const channel = channelTo(() => {}, { answerWithin: 20, explain })
  await t.rejects(channel.ask('hello', {}), { fault: 'machine', message: /it is stopped$/ })
})

t.test('an agent that gets on with it is waited for, however long it takes', async (t) => {
  const channel = channelTo(
    ({ id }, say) => {
      let told = 0
      const telling = setInterval(() => {
        told += 1
        if (told < 60) return say({ progress: true })
        clearInterval(telling)
        say({ id, result: {} })
      }, 5)
    },
    { answerWithin: 200 },
  )
  await channel.ask('hello', {})
  t.equal(channel.isOwed, false)
})

t.test('a channel that is closed answers with the reason', async (t) => {
  const channel = channelTo(() => {})
  const asked = channel.ask('hello', {})
  channel.close(new HarnessError('machine', 'the sandbox has ended'))
  channel.close(new HarnessError('machine', 'another'))
  for (const answer of [asked, channel.ask('hello', {})]) await t.rejects(answer, { message: 'the sandbox has ended' })
})
