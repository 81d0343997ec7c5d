import t from 'tap'
import { splitIntoBatches } from '../../harness/agent/drive/split-batches.ts'
import type { DrivenFlow } from '../../harness/agent/protocol.ts'
import { app, dialled } from './facts.ts'

const flow = (port: number, rest: Partial<DrivenFlow> = {}): DrivenFlow => ({
  credentials: app,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: dialled,
  source: { port },
  ...rest,
})

const thousand = Array.from({ length: 1000 }, (_, index) => flow(33_000 + index))

t.test('every flow is sent once, under its own key and from its own port', async (t) => {
  const sent = splitIntoBatches(thousand).flat()
  t.same(
    sent.map(({ key }) => key),
    [...sent.keys()],
  )
  t.same(
    sent.map(({ source }) => source.port),
    thousand.map(({ source }) => source.port),
  )
})

t.test('batches are short enough for backlogs and buffers', async (t) => {
  const lengths = splitIntoBatches(thousand).map(({ length }) => length)
  t.ok(Math.max(...lengths) <= 128, `${Math.max(...lengths)}`)
})

t.test('flows with ports of their own choice go together where no two have the same', async (t) => {
  const chosen = [flow(20_001, { alone: true }), flow(20_002, { alone: true })]
  t.equal(splitIntoBatches(chosen, undefined, true).length, 1)
  t.equal(splitIntoBatches(chosen).length, 2)
})

t.test('a flow with a port of its own choice goes alone', async (t) => {
  const batches = splitIntoBatches([
    flow(33_000),
    flow(20_001, { alone: true }),
    flow(33_001),
    flow(20_001, { alone: true }),
    flow(33_002),
  ])
  t.same(
    batches.map((batch) => batch.map(({ source }) => source.port)),
    [[33_000, 33_001, 33_002], [20_001], [20_001]],
  )
})

t.test('a fixed address alone needs no batch of its own', async (t) => {
  const batches = splitIntoBatches([flow(33_000, { source: { address: '10.244.0.5', port: 33_000 } }), flow(33_001)])
  t.same(
    batches.map((batch) => batch.map(({ source }) => source.address)),
    [['10.244.0.5', '0.0.0.0']],
  )
})
