import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { families, type Family } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { compareWithKernel } from './disagreements.ts'
import { inWords } from './difference.ts'
import { from, given, nat, tcpTo } from './flows.ts'
import { type Case, podPlan, podAddresses } from './pod.ts'

const sandbox = await openSandbox(t)

const passthrough = { ipv4: '127.0.0.6', ipv6: '::6' } as const
const loopback = { ipv4: '127.0.0.1/32', ipv6: '::1/128' } as const
const everything = { ipv4: '0.0.0.0/0', ipv6: '::/0' } as const
const pod = (family: Family): string => podAddresses.pod('eth0', family)
const peer = (family: Family): string => podAddresses.peer('eth0', family)
const inward = (family: Family): FlowPlan => from('eth0', tcpTo(pod(family), 8080))
const toItself = (family: Family): FlowPlan => tcpTo(pod(family), 8080)
const asProxy = (flow: FlowPlan): FlowPlan => ({ ...flow, credentials: { uid: 1500, gid: 0, groups: [] } })

/** What goes to the pod is the inbound listener's, and what the proxy sends to the pod is not. */
const redirecting = (family: Family) =>
  nat(
    '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003',
    `-A OUTPUT -o lo -s ${passthrough[family]} -j RETURN`,
    `-A OUTPUT -o lo ! -d ${loopback[family]} -p tcp -m owner --uid-owner 1500 -j REDIRECT --to-ports 15003`,
  )

/**
 * As a mesh does it that keeps the client: what it dials on is marked, and so is the answer, which the mark brings
 * back.
 */
const diverting = (family: Family) => ({
  mangle: [
    ':DIVERT - [0:0]',
    ':INBOUND - [0:0]',
    '-A PREROUTING -p tcp -j INBOUND',
    '-A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark',
    '-A DIVERT -j MARK --set-mark 1337',
    '-A DIVERT -j ACCEPT',
    '-A INBOUND -p tcp -m mark --mark 1337 -j RETURN',
    '-A INBOUND -p tcp -i lo -m mark ! --mark 1338 -j RETURN',
    '-A INBOUND -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j DIVERT',
    `-A INBOUND ! -d ${loopback[family]} -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15003`,
    '-A OUTPUT -p tcp -o lo -m mark --mark 1337 -j RETURN',
    `-A OUTPUT ! -d ${loopback[family]} -p tcp -o lo -m owner --uid-owner 1500 -j MARK --set-mark 1338`,
    '-A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark',
  ],
})

const keeping = (tables: Readonly<Record<string, readonly string[]>>, flow: FlowPlan, hasRule = true): Case => {
  const { family } = flow
  return {
    ...given(tables, flow),
    transparent: true,
    inbound: { from: 'client', mark: 1337 },
    routing: {
      rules: hasRule ? [{ family, fwmark: 1337, table: 133 }] : [],
      routes: [{ family, table: 133, destination: everything[family], type: 'local', dev: 'lo' }],
    },
  }
}

const cases = families.flatMap((family): (readonly [title: string, given: Case, said: string])[] => {
  const app = `app ${family === 'ipv4' ? pod(family) : `[${pod(family)}]`}:8080`
  return [
    [
      `${family}: inbound goes on to the original destination from an address of the proxy's`,
      { ...given(redirecting(family), inward(family)), inbound: { from: passthrough } },
      `at ${peer(family)} → ${app} `,
    ],
    [
      `${family}: so does what the pod sends to itself`,
      { ...given(redirecting(family), asProxy(toItself(family))), inbound: { from: passthrough } },
      `at ${passthrough[family]}`,
    ],
    [`${family}: TPROXY keeps the client`, keeping(diverting(family), inward(family)), `→ ${app} for `],
    [
      `${family}: without its ip rule the answer goes to the client itself`,
      keeping(diverting(family), inward(family), false),
      '→ dropped nowhere',
    ],
    [
      `${family}: what the proxy sends to its own pod is diverted`,
      keeping(diverting(family), asProxy(toItself(family))),
      `→ ${app} for `,
    ],
    [`${family}: what an application sends there is not`, keeping(diverting(family), toItself(family)), 'direct app'],
  ]
})

const others = families.flatMap((family): (readonly [title: string, given: Case, said: string])[] => {
  const both = [
    '-A PREROUTING -p tcp -j REDIRECT --to-ports 15001',
    `-A OUTPUT ! -d ${loopback[family]} -p tcp -j REDIRECT --to-ports 15001`,
  ]
  const unmarked = nat('-A OUTPUT -p tcp -m mark ! --mark 7 -j REDIRECT --to-ports 15001')
  const local = family === 'ipv4' ? '127.0.0.1' : '[::1]'
  return [
    [
      `${family}: one listener for both directions dials loopback for the pod`,
      { ...given(nat(...both), inward(family)), dials: { own: 'loopback' } },
      `→ app ${local}:8080 `,
    ],
    [`${family}: without it the same comes back`, given(nat(...both), inward(family)), 'looped'],
    [
      `${family}: all that a proxy dials may be marked`,
      { ...given(unmarked, tcpTo(peer(family), 8080)), dials: { mark: 7 } },
      '→ peer ',
    ],
    [`${family}: without its mark it comes back`, given(unmarked, tcpTo(peer(family), 8080)), 'looped'],
  ]
})

for (const [title, given, said] of [...cases, ...others]) {
  t.test(title, async (t) => {
    for (const backend of backends) {
      const [prediction] = predictPod(podPlan(backend, given), { ok: true })
      const words =
        prediction !== undefined && 'predicted' in prediction ? inWords(prediction.predicted) : `${prediction?.unknown}`
      t.ok(words.includes(said), `${backend}: the model says ${words}`)
      if (title.includes('keeps the client'))
        t.match(words, new RegExp(`at ${peer(given.flows[0]?.family ?? 'ipv4')}$`), 'and to the application')
      t.same(
        await compareWithKernel(sandbox, backend, given),
        { compared: 1, unknown: 0, disagreements: [] },
        `${backend}: the kernel`,
      )
    }
  })
}

t.test('nobody is passed on to from an address that the pod does not have', async (t) => {
  const missing: Case = {
    ...given(redirecting('ipv6'), inward('ipv6')),
    inbound: { from: { ipv4: '127.0.0.6', ipv6: '2001:db8::6' } },
  }
  const plan = podPlan('nft', missing)
  const { loopback: _, ...pod } = plan.pod
  const [prediction] = predictPod({ ...plan, pod }, { ok: true })
  await using standing = await sandbox.stand(pod)
  await standing.load(plan)
  const [seen] = await Array.fromAsync(standing.send(plan.flows))
  t.match(prediction, { predicted: { verdict: 'redirected', journey: [{ at: 'inbound' }, { at: 'refused' }] } })
  t.match(seen, { observed: { verdict: 'redirected', journey: [{ at: 'inbound' }, { at: 'refused' }] } })
})
