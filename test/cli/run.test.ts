import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Parser } from 'tap-parser'
import t, { type Test } from 'tap'
import { sidetrack, start } from './command-line.ts'

function folder(t: Test): string {
  return t.testdir({
    'right.ts': file(".isRedirected('outbound')"),
    'wrong.ts': file('.isDirect()'),
  })
}

function file(expectation: string): string {
  return `import { app, osm, scenario } from 'sidetrack'
export default scenario('one flow', { rules: osm(), flows: [app.tcp('203.0.113.10:80')${expectation}] })
`
}

t.test('a scenario that holds ends with 0, one that does not with 1 and how to run it alone', async (t) => {
  const from = folder(t)
  t.match(sidetrack(['run', 'right.ts', '--iptables', 'nft'], { from }), {
    status: 0,
    stdout: /\d+ checks?, (\d+) passed, 0 failed/,
    stderr: '',
  })
  const { status, stdout } = sidetrack(['run', 'wrong.ts', '--iptables', 'nft'], { from })
  t.equal(status, 1)
  t.match(stdout, /^FAILED osm\/wrong › one flow$/m)
  t.match(stdout, /^ {4}npm run -s sidetrack -- run wrong.ts --grep '\^osm\/wrong\/.*' --iptables nft$/m)
})

t.test('every reporter gets the same run', async (t) => {
  const from = folder(t)
  const { status, stdout } = sidetrack(['run', '.', '--iptables', 'nft', '--reporter', 'tap', '--reporter', 'json=report.json'], { from })
  t.equal(status, 1)
  const parser = new Parser({ strict: true })
  parser.end(stdout)
  const { summary, schema } = JSON.parse(readFileSync(join(from, 'report.json'), 'utf8'))
  t.equal(schema, 'sidetrack.report/1')
  t.match(parser.results, { count: summary.checks, pass: summary.passed, fail: summary.failed })
  t.equal(summary.failed, 1)
})

t.test('nothing selected is a call that does not do', async (t) => {
  t.match(sidetrack(['run', 'right.ts', '--grep', 'nowhere'], { from: folder(t) }), {
    status: 2,
    stdout: '',
    stderr: /^sidetrack: [^\n]+\n$/,
  })
})

t.test('an interrupted run ends with 130 and a report that is valid', async (t) => {
  const path = join(folder(t), 'report.json')
  const run = start(['run', '--iptables', 'nft', '--repeat', '5', '--reporter', 'pretty', '--reporter', `json=${path}`])
  await once(run.stdout, 'data')
  run.kill('SIGINT')
  run.stdout.resume()
  t.same(await once(run, 'close'), [130, null])
  t.equal(JSON.parse(readFileSync(path, 'utf8')).interrupted, true)
})

t.test('a run that nobody reads any more ends without a word', async (t) => {
  const run = start(['run', '--iptables', 'nft', '--repeat', '5', '--reporter', 'tap'])
  await once(run.stdout, 'data')
  run.stdout.destroy()
  let complaint = ''
  run.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text
  })
  t.same(await once(run, 'close'), [130, null])
  t.equal(complaint, '')
})
