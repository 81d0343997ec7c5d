import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import type { Pod } from '../../harness/sandbox/pod.ts'
import { app, remote } from '../../harness/scenario/dsl.ts'
import { payload, plan, type Tables } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)

const inBoth = (tables: Tables): RuleText[] =>
  families.map((family) => ({ form: 'restore', family, payload: payload(tables) }))

const captured = inBoth({
  raw: ['-A OUTPUT -p icmp -j DROP'],
  mangle: [':MINE - [0:0]', '-A OUTPUT -j MINE', '-A MINE -p tcp -j MARK --set-mark 7'],
  nat: [
    '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
    '-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15001',
    '-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 15003',
  ],
})
/** Connections are tracked, since some port is translated, and these are left alone. */
const spared = inBoth({
  nat: ['-A OUTPUT -p udp --dport 53 -j ACCEPT', '-A OUTPUT -p udp --dport 54 -j REDIRECT --to-ports 15001'],
})
/** What answers is lost, so that connections are left half open; nobody accepts them. */
const answersLost = inBoth({
  filter: [
    ':FORWARD DROP [0:0]',
    '-A INPUT -i eth0 -p tcp --sport 80 -j DROP',
    '-A OUTPUT -p tcp --sport 8080 -j DROP',
  ],
})
const everyDrop = inBoth({ filter: [':OUTPUT DROP [0:0]'] })

const planned = (backend: (typeof backends)[number]) =>
  plan(backend, {
    families: ['ipv4', 'ipv6'],
    flows: [
      app.tcp('203.0.113.10:80', { serverFirst: true }).isDirect(),
      app.tcp('[2001:db8::10]:80').isDirect(),
      app.udp('203.0.113.10:53').isDirect(),
      app.udp('[2001:db8::10]:53').isDirect(),
      remote.tcp('pod:8080').isDirect(),
      app.ping('203.0.113.10').isDirect(),
    ],
  }).plan

for (const backend of backends) {
  t.test(`one pod is asked under one ruleset after another, by ${backend}`, async (t) => {
    const { pod: shape, flows } = planned(backend)
    await using pod = await sandbox.stand(shape)
    /** The same flows, from the same ports, each time. */
    const verdicts = async (rules: readonly RuleText[]): Promise<string> => {
      const { applied } = await pod.load({ rules })
      t.same(applied, rules.length === 0 ? 'none' : { ok: true })
      const results = await Array.fromAsync(pod.send(flows))
      return results
        .map((result) => ('error' in result ? result.error : (result.observed.listener ?? result.observed.verdict)))
        .join(' ')
    }
    const isCaptured = 'outbound outbound outbound outbound inbound inbound dropped'
    const isDirect = 'direct direct direct direct direct direct direct'
    t.equal(await verdicts(captured), isCaptured)
    t.equal(await verdicts([]), isDirect)
    t.same(await ruleLines(pod), [], 'nothing is left of rules, chains and policies')
    t.equal(await verdicts(captured), isCaptured)
    t.equal(await verdicts(spared), isDirect, 'no connection is taken for one of those before')
    t.equal(await verdicts(answersLost), 'dropped dropped direct direct dropped dropped direct')
    t.equal(await verdicts([]), isDirect)
    t.equal(embryonicResets(`${pod.name}.eth0`), 0, 'nor of connections that were half open')
    t.equal(await verdicts(captured), isCaptured)
    t.equal(await verdicts(everyDrop), 'dropped dropped dropped dropped dropped dropped dropped')
    t.equal(await verdicts(captured), isCaptured)
    t.equal(await verdicts([]), isDirect)
    t.same(await ruleLines(pod), [], 'nor of a table that other rules had')
    const { conntrack } = await pod.evidence()
    t.same(conntrack, [], 'and evidence speaks of these rules alone')
  })
}

t.test('a flow that nobody has been told to await is refused, and the pod is there for others', async (t) => {
  const { pod: shape, flows } = planned('nft')
  await using pod = await sandbox.stand({ ...shape, peers: [] })
  const { applied } = await pod.load({ rules: captured })
  t.same(applied, { ok: true })
  await t.rejects(Array.fromAsync(pod.send(flows)), {
    fault: 'input',
    message:
      'a flow is sent to where nobody is told to listen: tcp 203.0.113.10:80, tcp [2001:db8::10]:80, udp 203.0.113.10:53, udp [2001:db8::10]:53',
  })
  const inward = flows.filter(({ origin, protocol }) => origin.kind === 'peer' || protocol === 'icmp')
  t.match(await Array.fromAsync(pod.send(inward)), Array(inward.length).fill({ observed: {} }))
})

const ownTables = existsSync('/proc/sys/net/ipv4/tcp_child_ehash_entries')
  ? {}
  : { skip: 'from Linux 6.1 on a namespace may have a table of its own' }

t.test('what looks for connections of a pod need not walk those of the machine', ownTables, async (t) => {
  const { pod: shape } = plan('nft', { flows: [app.tcp('203.0.113.10:80').isDirect()] }).plan
  await using pod = await sandbox.stand(shape)
  const [file = '', ...args] = [...sandbox.entrance(pod.name), 'cat', '/proc/sys/net/ipv4/tcp_ehash_entries']
  // The kernel says how many buckets it is, and where the machine's are shared the negative of that (proc_tcp_ehash_entries
  // in net/ipv4/sysctl_net_ipv4.c).
  t.equal(execFileSync(file, args, { encoding: 'utf8' }).trim(), '4096')
})

async function ruleLines(pod: Pod): Promise<string[]> {
  const { rules } = await pod.evidence()
  return Object.values(rules).flatMap((text) =>
    text.split('\n').filter((line) => /^(\[\d+:\d+\] )?-A|^:\S+ (-|DROP)/.test(line)),
  )
}

/**
 * How many connections that were half open have been reset in a namespace: a new one from the same port has met them
 * (LINUX_MIB_EMBRYONICRSTS).
 */
function embryonicResets(namespace: string): number {
  const [file = '', ...args] = [...sandbox.entrance(namespace), 'cat', '/proc/net/netstat']
  const [names = [], values = []] = execFileSync(file, args, { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => (line.startsWith('TcpExt:') ? [line.split(' ')] : []))
  return Number(values[names.indexOf('EmbryonicRsts')])
}
