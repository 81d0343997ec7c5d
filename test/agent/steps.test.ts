import t from 'tap'
import { cutIntoSteps } from '../../harness/agent/drive/steps.ts'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { app, dialled } from './facts.ts'

const flow = (source?: FlowPlan['source']): FlowPlan => ({
  credentials: app,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: dialled,
  ...(source && { source }),
})

/** Gives ports from 20000 on. */
function ports(): () => number {
  let next = 20_000
  return () => next++
}

t.test('every flow is sent once, under its own key and with a port of its own', async (t) => {
  const sent = cutIntoSteps(
    Array.from({ length: 1000 }, () => flow()),
    ports(),
  ).flat()
  t.same(
    sent.map(({ key }) => key),
    [...sent.keys()],
  )
  t.equal(new Set(sent.map(({ source }) => source.port)).size, 1000)
})

t.test('steps are short enough for backlogs and buffers', async (t) => {
  const lengths = cutIntoSteps(
    Array.from({ length: 1000 }, () => flow()),
    ports(),
  ).map(({ length }) => length)
  t.ok(Math.max(...lengths) <= 128, `${Math.max(...lengths)}`)
})

t.test('a flow with a fixed port goes alone, and nobody else gets that port', async (t) => {
  const steps = cutIntoSteps([flow(), flow({ port: 20_001 }), flow(), flow({ port: 20_001 }), flow()], ports())
  const alone = steps.filter((step) => step.some(({ plan }) => plan.source?.port !== undefined))
  t.same(
    alone.map((step) => step.map(({ source }) => source.port)),
    [[20_001], [20_001]],
  )
  t.same(
    steps
      .flat()
      .filter(({ plan }) => plan.source === undefined)
      .map(({ source }) => source.port),
    [20_000, 20_002, 20_003],
  )
})

t.test('a fixed address alone needs no step of its own', async (t) => {
  const steps = cutIntoSteps([flow({ address: '10.244.0.5' }), flow()], ports())
  t.same(
    steps.map((step) => step.map(({ source }) => source.address)),
    [['10.244.0.5', '0.0.0.0']],
  )
})
