import { join } from 'node:path'
import t from 'tap'
import { sidetrack } from './command-line.ts'

t.test('rules that are felt outside the pod are read, and never loaded', async (t) => {
  const folder = t.testdir({ 'idle.txt': '*filter\n-A FORWARD -p udp -j IDLETIMER --timeout 600 --label sidetrack-test\nCOMMIT\n' })
  const rules = ['--rules', `file:${join(folder, 'idle.txt')}`]
  const flow = ['--uid', '1000', '--to', '203.0.113.10:80']
  const refusal = /line 2, column 22: IDLETIMER is felt outside the pod: .*; rules with it are not loaded/
  t.match(sidetrack(['explain', ...rules, ...flow]), { status: 0, stdout: /Verdict: direct/ })
  t.match(sidetrack(['explain', '--live', ...rules, ...flow]), { status: 2, stdout: '', stderr: refusal })
  t.match(sidetrack(['run', 'outbound', ...rules]), { status: 2, stdout: refusal })
  t.match(sidetrack(['shell', 'inner-bridge', ...rules, '--', 'true']), { status: 2, stderr: refusal })
})
