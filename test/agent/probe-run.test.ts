import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { Loss } from '../../harness/agent/drive/loss.ts'
import { ProbeRun } from '../../harness/agent/drive/probe-run.ts'
import type { Pod } from '../../harness/agent/pod/pod.ts'
import type { Worker } from '../../harness/agent/worker.ts'
import { formatCredentials } from '../../harness/flow/identity.ts'
import { app, dialled, proxy } from './facts.ts'

const pod = {
  name: 'pod1',
  witnesses: [],
  sentinels: { send: () => {} },
  trace: { untraced: 'not here' },
  namespaceOf: () => ({ name: 'pod1', fd: -1 }),
  speaksFrom: () => false,
} as unknown as Pod
const flow = {
  key: 0,
  source: { address: '0.0.0.0', port: 20_000 },
  plan: { credentials: app, origin: { kind: 'pod' }, protocol: 'tcp', family: 'ipv4', destination: dialled },
} as const
const gone = new HarnessError('machine', 'the process of 1500:0 has been killed (SIGKILL)')

/** A process that tells its flow to have been refused as soon as it is sent. */
function sender(run: () => ProbeRun): Worker {
  const outcome = { state: 'failed', code: 'ECONNREFUSED', offender: dialled.address } as const
  return {
    credentials: app,
    probe: async () => run().hear({ event: 'outcome', pod: pod.name, key: 0, outcome }),
    sync: async () => {},
    requireAlive: async () => {},
  } as unknown as Worker
}

function runWith(other: Partial<Worker>, loss = new Loss()): ProbeRun {
  const workers = [sender(() => run), { credentials: proxy, sync: async () => {}, ...other } as Worker]
  const run: ProbeRun = new ProbeRun(
    pod,
    proxy,
    new Map(workers.map((worker) => [formatCredentials(worker.credentials), worker])),
    loss,
  )
  return run
}

t.test('what was refused is judged if everybody who was there lives', async (t) => {
  t.match(await runWith({ requireAlive: async () => {} }).drive([flow]), [{ observed: { verdict: 'refused' } }])
})

t.test(
  'nothing is judged if somebody has died, though nobody has been told: he may be who seems to have refused',
  async (t) => {
    await t.rejects(runWith({ requireAlive: () => Promise.reject(gone) }).drive([flow]), gone)
  },
)

t.test('whoever waits for one process hears of the loss of another', async (t) => {
  const loss = new Loss()
  const driving = runWith({ requireAlive: () => new Promise(() => {}) }, loss).drive([flow])
  setImmediate(() => loss.report(gone))
  await t.rejects(driving, gone)
})
