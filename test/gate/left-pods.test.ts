import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { AlteredSandbox } from '../sandbox/altered-sandbox.ts'
import { openSandbox } from '../sandbox/open.ts'
import { gateOf } from './gate-of.ts'
import { restoreText } from './worlds.ts'

const sandbox = await openSandbox(t)

const builder = (port: number): RuleSource => ({
  id: `exec:./builder ${port}`,
  kind: 'builder',
  rules: ({ family }) =>
    Promise.resolve(restoreText(family, '*nat', `-A OUTPUT -p tcp -j REDIRECT --to-ports ${port}`, 'COMMIT', '')),
  text: () => Promise.resolve(''),
})

/** A sandbox whose pods are left in another way. */
const leaving = (
  own: Sandbox,
  { onStand, leave }: { onStand?: () => void; leave: (own: () => PromiseLike<void>) => Promise<void> },
): Sandbox => ({
  info: own.info,
  ping: () => own.ping(),
  version: (program, credentials) => own.version(program, credentials),
  [Symbol.asyncDispose]: () => Promise.resolve(),
  async stand(plan) {
    const pod = await own.stand(plan)
    onStand?.()
    return {
      name: pod.name,
      load: (rules) => pod.load(rules),
      send: (flows, options) => pod.send(flows, options),
      evidence: () => pod.evidence(),
      [Symbol.asyncDispose]: () => leave(() => pod[Symbol.asyncDispose]()),
    }
  },
})

t.test('where one pod fails, the others have been left when that is told', async (t) => {
  let standing = 0
  const broken = new AlteredSandbox(sandbox, {
    refuses: (rules) =>
      JSON.stringify(rules).includes('to-ports 15002') ? new HarnessError('machine', 'out of order') : undefined,
  })
  const slow = leaving(broken, {
    onStand: () => {
      standing += 1
    },
    async leave(own) {
      await wait(200)
      await own()
      standing -= 1
    },
  })
  const compared = gateOf(slow, { baseline: builder(15_001), candidate: builder(15_002), families: ['ipv4'] })
  await t.rejects(compared, { message: /out of order/ })
  t.equal(standing, 0)
})

t.test('a pod that has answered, and cannot be left, is an error', async (t) => {
  const stuck = leaving(sandbox, {
    async leave(own) {
      await own()
      throw new HarnessError('machine', 'still there')
    },
  })
  const compared = gateOf(stuck, { baseline: builder(15_001), candidate: builder(15_002), families: ['ipv4'] })
  await t.rejects(compared, { message: /still there/ })
})
