import { join } from 'node:path'
import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

t.test('rules that are felt outside the pod are read, and never loaded', async (t) => {
  const folder = t.testdir({
    'idle.txt': '*filter\n-A FORWARD -p udp -j IDLETIMER --timeout 600 --label sidetrack-test\nCOMMIT\n',
  })
  const rules = ['--mesh', 'osm', '--rules', `file:${join(folder, 'idle.txt')}`]
  const flow = ['--uid', '1000', '--to', '203.0.113.10:80']
  const refusal = /idle\.txt, line 2, column 22: IDLETIMER is felt outside the pod: .*; rules with it are not loaded/
  t.match(resident(['explain', ...rules, ...flow]), { status: 0, stdout: /Verdict: direct/ })
  t.match(resident(['explain', '--live', ...rules, ...flow]), { status: 2, stdout: '', stderr: refusal })
  t.match(sidetrack(['run', 'outbound', ...rules]), { status: 2, stdout: refusal })
  t.match(sidetrack(['shell', 'inner-bridge', ...rules, '--', 'true']), { status: 2, stderr: refusal })
})

t.test(
  "a scenario's own rules: the file is named, and what nobody can read is an input error in a shell too",
  async (t) => {
    const scenario = (rule: string) => `import { app, ruleText, scenario } from 'sidetrack'
export default scenario('own', {
  rules: ruleText('osm', '*filter\\n-A OUTPUT ${rule}\\nCOMMIT\\n'),
  flows: [app.tcp('203.0.113.10:80').isDirect()],
})
`
    const from = t.testdir({
      'idle.ts': scenario('-p tcp -j IDLETIMER --timeout 9 --label x'),
      'runs.ts': scenario('-M /bin/true -j ACCEPT'),
    })
    const felt = /idle\.ts:2, line 2, column 21: IDLETIMER is felt outside the pod/
    t.match(resident(['run', 'idle.ts', '--iptables', 'nft'], { from }), { status: 2, stdout: felt })
    t.match(resident(['shell', 'idle.ts', '--', 'true'], { from }), { status: 2, stderr: felt })
    const refused = /runs\.ts:2: scenario 'own', rules: line 2, column 11: option -M is not read/
    t.match(resident(['run', 'runs.ts'], { from }), { status: 2, stderr: refused })
    t.match(resident(['shell', 'runs.ts', '--', 'true'], { from }), { status: 2, stderr: refused })
  },
)
