import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { textOf } from '../../harness/netfilter/condition.ts'
import { nearMisses } from '../../harness/model/near-misses.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { podPlan } from './pod.ts'

const flow: FlowPlan = {
  credentials: { uid: 1000, gid: 1000, groups: [] },
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: { address: '203.0.113.10', port: 80 },
}

/** The near misses of a flow's first packet: which rule, what it asks, what the packet has. */
function missesOf(...rules: readonly string[]): string[] {
  const payload = ['*nat', ...rules.map((rule) => `-A OUTPUT ${rule}`), '-A OUTPUT -j REDIRECT', 'COMMIT', ''].join(
    '\n',
  )
  const plan = podPlan('nft', { inner: false, rules: [{ form: 'restore', family: 'ipv4', payload }], flows: [flow] })
  const [prediction] = predictPod(plan, { ok: true }, undefined, { keeps: 'all' })
  const steps = prediction?.attempts[0]?.steps ?? []
  return nearMisses(steps.filter(({ packet }) => packet === 'first')).map(
    ({ step, condition, actual }) => `${step.number}: ${textOf(condition)}, but ${actual}`,
  )
}

t.test('a rule that failed on exactly one condition, with both values', async (t) => {
  t.same(missesOf('-p tcp -m tcp --dport 81 -j RETURN'), ['1: --dport 81, but 80'])
  t.same(missesOf('-p udp -j RETURN', '! -o eth0 -p tcp -j RETURN'), ['1: -p udp, but tcp', '2: ! -o eth0, but eth0'])
  t.same(missesOf('-d 203.0.113.10/32 -m owner --uid-owner 1500 -j RETURN'), ['1: --uid-owner 1500, but 1000'])
})

t.test('not one that failed on two, nor one that matched', async (t) => {
  t.same(
    missesOf('-o lo -p tcp -m tcp --dport 81 -j RETURN', '-p tcp -m owner --uid-owner 1500 --gid-owner 0 -j RETURN'),
    [],
  )
  t.same(missesOf('-p tcp'), [])
})

t.test('nor one of which nobody knows whether it would match then', async (t) => {
  t.same(missesOf('-p udp -m recent --set -j RETURN'), [])
})
