import t from 'tap'
import { sidetrack } from './command-line.ts'

const rules = '*nat\n-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001\nCOMMIT\n'
const call = (args: readonly string[], input = rules) => sidetrack(args, { input })
const scenario = 'osm/outbound capture works where the server speaks first'
const flow = ['--mesh', 'osm', '--uid', '1000', '--to', '192.0.2.1:80']

t.test('rules come by standard input, for every command that takes them', async (t) => {
  t.match(call(['rules', '--rules', 'file:-', '--family', 'ipv4']), { status: 0, stderr: '', stdout: rules })
  for (const source of ['file:-', 'file:/dev/stdin'])
    t.match(call(['explain', '--rules', source, ...flow]), { status: 0, stderr: '', stdout: /^Verdict: redirected/ })
  t.match(call(['explain', '--live', '--rules', 'file:-', ...flow]), {
    status: 0,
    stdout: /redirected.*, as predicted\n/,
  })
  const own = call(['rules', '--rules', 'osm@1.2']).stdout
  const run = call(['run', 'exempt-inbound-ports', '--mesh', 'osm@1.2', '--rules', 'file:-', '--repeat', '2'], own)
  t.match(run, { status: 0, stdout: /\d+ passed/ })
  const shell = call(
    'shell scenarios/osm/exempt-inbound-ports.ts:8 --mesh osm --rules file:- --uid 0 -- iptables-nft -t nat -S OUTPUT'.split(
      ' ',
    ),
  )
  t.match(shell, { status: 0, stdout: /--uid-owner 1500 -j REDIRECT --to-ports 15001/ })
})

t.test('a config beside them is a file; both at once are refused with one line', async (t) => {
  const message =
    'sidetrack: --config: standard input holds the rules already; write --config FILE, or --rules file:PATH\n'
  for (const config of ['-', '/dev/stdin']) {
    for (const command of [['explain', ...flow], ['run', scenario], ['rules'], ['shell', scenario, '--', 'true']]) {
      const [name = '', ...rest] = command
      t.match(
        call([name, '--rules', 'file:-', '--config', config, ...rest]),
        { status: 2, stdout: '', stderr: message },
        name,
      )
    }
  }
  const from = t.testdir({ 'config.json': '{"podIPs":["10.9.9.9"]}' })
  t.match(sidetrack(['explain', '--rules', 'file:-', '--config', 'config.json', ...flow], { from, input: rules }), {
    status: 0,
    stdout: /from 10\.9\.9\.9 to /,
  })
})

t.test('what is wrong with them is told of standard input', async (t) => {
  const explain = (input: string) => call(['explain', '--rules', 'file:-', ...flow], input)
  t.match(explain(''), { status: 2, stderr: /^sidetrack: standard input, line 1: the text is empty; capture it with/ })
  t.match(explain('*nat\n-A OUTPUT -j NOWHERE\nCOMMIT\n'), {
    status: 2,
    stderr: /^sidetrack: standard input, line 2, .*no chain NOWHERE/,
  })
  t.match(call(['shell', scenario, '--rules', 'file:-']), {
    status: 2,
    stderr: /^sidetrack: --rules: standard input holds the rules, and a shell would read it; write -- COMMAND/,
  })
})
