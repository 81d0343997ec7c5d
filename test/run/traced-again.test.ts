import t from 'tap'
import type { FlowResult, SendOptions } from '../../harness/agent/protocol.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { tracedAgain } from '../../harness/run/judge/traced-again.ts'
import type { JobPlan } from '../../harness/run/checks/job-plan.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import type { Pod } from '../../harness/sandbox/pod.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { app, osm, scenario } from '../../harness/scenario/dsl.ts'

/** Notes how flows are sent. */
function noting(sandbox: Sandbox, sent: (SendOptions | undefined)[]): Sandbox {
  return {
    info: sandbox.info,
    stand: async (plan) => {
      const pod = await sandbox.stand(plan)
      return {
        name: pod.name,
        load: (rules) => pod.load(rules),
        send: (flows, options) => {
          sent.push(options)
          return pod.send(flows, options)
        },
        evidence: () => pod.evidence(),
        [Symbol.asyncDispose]: () => pod[Symbol.asyncDispose](),
      }
    },
    ping: () => sandbox.ping(),
    version: (...asked) => sandbox.version(...asked),
    [Symbol.asyncDispose]: async () => {},
  }
}

t.test(
  'where only failures are read, flows of a pod with a failure alone are sent once more, with a trace',
  async (t) => {
    await using sandbox = await NamespaceSandbox.create()
    const drive = async (isRight: boolean, tracesFailed?: true) => {
      const sent: (SendOptions | undefined)[] = []
      const results: CheckResult[] = []
      const flows = [
        app.tcp('203.0.113.10:80').isRedirected('outbound'),
        isRight ? app.udp('203.0.113.10:80').isDirect() : app.udp('203.0.113.10:80').isRedirected('outbound'),
      ]
      await run(
        {
          what: { scenarios: [scenario('one', { rules: osm(), flows })], backends: ['nft'] },
          where: [{ sandbox: Promise.resolve(noting(sandbox, sent)) }],
          how: {
            jobs: 1,
            repeat: 1,
            bail: false,
            command: [],
            signal: new AbortController().signal,
            ...(tracesFailed && { tracesFailed }),
          },
        },
        (event) => event.type === 'result' && results.push(event.result),
      )
      return {
        sent,
        statuses: results.map(({ status }) => status),
        rules: results.map((each) => each.decidedBy?.observed),
      }
    }
    t.match(await drive(true), {
      sent: [{ untraced: undefined }],
      statuses: ['passed', 'passed'],
      rules: [[{ hook: 'OUTPUT' }], []],
    })
    t.match(await drive(true, true), {
      sent: [{ untraced: true }],
      statuses: ['passed', 'passed'],
      rules: [undefined, undefined],
    })
    const failed = await drive(false, true)
    t.strictSame(failed.sent, [{ untraced: true }, undefined])
    t.strictSame(failed.statuses, ['passed', 'failed'])
    t.match(failed.rules[0], [{ hook: 'OUTPUT' }], 'of what passed there as well')
  },
)

t.test('what a flow matched the second time is told only if it did the same; the first time counts', async (t) => {
  const seen = (verdict: string, notes: string[] = []): FlowResult =>
    ({ observed: { verdict, journey: [], notes }, microseconds: 1, traced: { untraced: 'nobody has asked' } }) as never
  const traced = [{ connection: 0, hook: 'OUTPUT', table: 'nat', chain: 'OUTPUT', rule: 1 }] as const
  const again = [seen('direct', ['read ECONNRESET']), seen('dropped')].map((result) => ({ ...result, traced }))
  async function* send() {
    yield* again
  }
  const pod = (load: () => Promise<object>) => ({ load, send }) as unknown as Pod
  const results = [seen('direct', ['write ECONNRESET']), seen('direct')]
  const plan = { flows: [] } as unknown as JobPlan
  t.strictSame(
    await tracedAgain(
      pod(async () => ({})),
      plan,
      results,
    ),
    [
      { ...results[0], traced },
      { ...results[1], traced: { untraced: 'sent once more for a trace, it did something else' } },
    ],
  )
  const lost = await tracedAgain(
    pod(async () => Promise.reject(new Error('gone'))),
    plan,
    results,
  )
  t.match(
    lost,
    results.map(({ microseconds }) => ({ observed: {}, microseconds, traced: { untraced: /gone/ } })),
  )
})
