import * as v from 'valibot'
import t from 'tap'
import { explainSchema } from '../../harness/explain/explain-schema.ts'
import { resident as sidetrack } from '../cli/resident.ts'

const explain = (...args: string[]) => sidetrack(['explain', ...args])

/** What stands below the last empty line. */
function last(...args: string[]): string {
  const { status, stdout, stderr } = explain(...args)
  t.same([status, stderr], [0, ''], args.join(' '))
  return stdout.trimEnd().split('\n\n').at(-1) ?? ''
}

const bypassing = ['--rules', 'istio@1.17', '--uid', '1000', '--gid', '1337', '--to', '203.0.113.10:80']

t.test('the smallest changes of the flow and of the rules, and they are right', async (t) => {
  t.equal(
    last(...bypassing, '--why-not', 'redirected'),
    [
      'What would make it redirected:',
      '  the flow with GID 0-1336,1338- (it has 1337)',
      '  the rules without nat ISTIO_OUTPUT rule 7: -m owner --gid-owner 1337 -j RETURN',
      // By the inbound listener, which cannot dial on from 127.0.0.6.
      '  the rules if nat ISTIO_OUTPUT rule 5: ! -d 127.0.0.1/32 -o lo -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT did not ask for -o lo',
    ].join('\n'),
  )
  t.match(
    explain('--rules', 'istio@1.17', '--uid', '1000', '--gid', '1338', '--to', '203.0.113.10:80').stdout,
    /^Verdict: redirected/,
  )
  const osm = ['--rules', 'osm@1.2', '--uid', '1000', '--to', '203.0.113.10:80']
  const direct = last(...osm, '--why-not', 'direct', '--verbose')
  t.match(direct, /\n {2}the flow with UID 1500 \(it has 1000\)\n/)
  t.match(direct, /\n {2}the flow with protocol udp \(it has tcp\)\n/)
  t.match(direct, /\n {2}the flow with destination 10\.244\.0\.5,127\.0\.0\.0\/8 \(it has 203\.0\.113\.10\)\n/)
  t.notMatch(direct, 'with destination 127.0.0.1 ', 'what another change includes goes without saying')
  t.match(
    direct,
    /\n {2}the rules if nat OSM_PROXY_OUTBOUND rule 4: -d 127\.0\.0\.1\/32 -j RETURN did not ask for -d 127\.0\.0\.1\/32/,
  )
  const inward = last('--rules', 'osm@1.2', '--in', 'eth0', '--to', 'pod:15901', '--why-not', 'redirected')
  t.match(inward, /\n {2}the flow with any destination port but 15003,15010,15901-15904 \(it has 15901\)\n/)
})

t.test('several changes are made together where one is not enough', async (t) => {
  const from = t.testdir({
    'two.txt':
      '*nat\n-A OUTPUT -m owner --uid-owner 1500 -j RETURN\n-A OUTPUT -p tcp -m owner --uid-owner 7 -j RETURN\n-A OUTPUT -p tcp --dport 22 -j RETURN\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n',
  })
  const args = 'explain --rules file:two.txt --mesh osm --uid 7 --to 203.0.113.10:22 --why-not redirected'.split(' ')
  const { stdout } = sidetrack(args, { from })
  t.match(
    stdout,
    /\n {2}the flow with UID 0-6,8-1499,1501- \(it has 7\) and destination port 1-21,23- \(it has 22\)\n {2}the rules without nat OUTPUT rule 2: .* and without nat OUTPUT rule 3: .*\n$/,
  )
})

t.test('what is so already, and what nothing leads to', async (t) => {
  t.equal(
    last('--rules', 'osm@1.2', '--uid', '1000', '--to', '203.0.113.10:80', '--why-not', 'redirected'),
    'It is redirected as it is.',
  )
  t.match(
    last('--rules', 'osm@1.2', '--uid', '1000', '--to', '203.0.113.10:80', '--why-not', 'dropped'),
    /^Nothing that was tried would make it dropped: by these rules no flow that begins there is dropped, /,
  )
  t.match(explain(...bypassing, '--why-not', 'redirectd'), {
    status: 2,
    stderr: "sidetrack: --why-not: 'redirectd' is no verdict; did you mean redirected?\n",
  })
})

t.test('in JSON as well', async (t) => {
  const json = JSON.parse(explain(...bypassing, '--why-not', 'redirected', '--json').stdout)
  t.same(v.safeParse(v.strictObject(explainSchema.entries), json).issues ?? [], [])
  t.match(json.whyNot, {
    wanted: 'redirected',
    isSo: false,
    isWhole: true,
    flow: [[{ what: 'gid', to: '0-1336,1338-', from: '1337' }]],
    rules: [{ without: [{ table: 'nat', chain: 'ISTIO_OUTPUT', rule: 7 }] }],
  })
})
