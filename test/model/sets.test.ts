import fc from 'fast-check'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import type { IpSet, SetMemberPart } from '../../harness/flow/ip-set.ts'
import { randomRun } from '../helpers/random-run.ts'
import { openSandbox } from '../sandbox/open.ts'
import { compareWithKernel } from './disagreements.ts'
import { tcpTo } from './flows.ts'
import { podPlan } from './pod.ts'
import { randomSetCase } from './random-sets.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_SETS_CASES=200 node test/model/sets.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_SETS', 3)
const flowsInACase = 40

const sandbox = await openSandbox(t)

const net = (address: string, prefix: number, name: string, more: Partial<SetMemberPart> = {}): SetMemberPart[] => [
  { is: 'net', address, prefix },
  { is: 'iface', name, ...more } as SetMemberPart,
]
const sets: readonly IpSet[] = [
  {
    name: 'LINKS',
    type: 'hash:net,iface',
    family: 'ipv4',
    members: [
      // A wider network is not looked for once one is there, whatever its interface.
      { parts: net('203.0.0.0', 8, 'eth0') },
      { parts: net('203.0.113.10', 31, 'net1') },
      { parts: net('198.51.100.0', 24, 'et', { isBeginning: true }) },
      { parts: net('192.0.2.0', 24, 'eth0', { isBridged: true }) },
    ],
  },
  {
    name: 'TWICE',
    type: 'hash:net',
    family: 'ipv4',
    members: [
      { parts: [{ is: 'net', address: '198.18.0.1', prefix: 24 }] },
      { parts: [{ is: 'net', address: '198.18.0.2', prefix: 24 }], nomatch: true },
    ],
  },
]
const dialled = ['203.0.113.10', '203.0.113.12', '198.51.100.1', '192.0.2.1', '198.18.0.9']

for (const backend of backends)
  t.test(`networks with interfaces, and what is added twice: ${backend}`, async (t) => {
    const payload =
      '*filter\n-A OUTPUT -m set --match-set LINKS dst,dst -j DROP\n-A OUTPUT -m set --match-set TWICE dst -j DROP\nCOMMIT\n'
    const given = {
      inner: false,
      rules: [{ form: 'restore', family: 'ipv4', payload, sets }],
      flows: dialled.map((address) => tcpTo(address, 80)),
    } as const
    t.same(await compareWithKernel(sandbox, backend, given), { compared: 5, unknown: 0, disagreements: [] })
    const plan = podPlan(backend, given)
    await using pod = await sandbox.stand(plan.pod)
    for (const count of [1, 2, 3])
      t.same((await pod.load(plan)).applied, { ok: true }, `loaded ${count} times, its sets go with its rules`)
  })

for (const family of families) {
  t.test(
    `the model agrees with the kernel about random ${family} sets (seed ${seed})`,
    { timeout: 200_000 + cases * 2000 },
    async (t) => {
      let compared = 0
      let turn = 0
      const property = fc.asyncProperty(randomSetCase(family, flowsInACase), async (given) => {
        turn += 1
        for (const backend of cases > 10 ? backends : backends.slice(turn % 2, (turn % 2) + 1)) {
          const result = await compareWithKernel(sandbox, backend, given)
          compared += result.compared
          if (result.unknown > result.compared) throw new Error(`${result.unknown} are unknown`)
          if (result.disagreements.length > 0) throw new Error(`${backend}: ${result.disagreements.join('\n')}`)
        }
      })
      await fc.assert(property, { seed, numRuns: cases })
      t.ok(compared >= 20 * cases, `${compared} flows`)
    },
  )
}
