import t from 'tap'
import { Batch } from '../../harness/agent/drive/batch.ts'
import { Loss } from '../../harness/agent/drive/loss.ts'
import { settle } from '../../harness/agent/drive/settle.ts'
import { dialled, facts, proxy } from './facts.ts'

t.test('two who answer each other without an end are no reason to wait for ever', async (t) => {
  const { plan } = facts({ protocol: 'udp' })
  const batch = new Batch([{ key: 0, plan, source: { address: '0.0.0.0', port: 20_000 } }], proxy)
  const observer = {
    sync: async (pod: string) => {
      for (let port = 1; port <= 1_000; port += 1)
        batch.hear({ event: 'arrived', pod, at: 'dns', protocol: 'udp', source: { ...dialled, port }, local: dialled })
    },
    requireAlive: async () => {},
  }
  await t.rejects(
    settle(batch, 'pod1', { observers: [observer], isOneForeign: false }, { send: () => {} }, new Loss()),
    {
      fault: 'sidetrack',
      message: /^what is sent goes round without an end: {"event":"arrived","pod":"pod1","at":"dns"/,
    },
  )
})
