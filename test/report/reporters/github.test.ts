import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import { mostAnnotations } from '../../../harness/report/reporters/github/annotations.ts'
import { githubIn, summaryLimit } from '../../../harness/report/reporters/github/github.ts'
import { Multiplexer } from '../../../harness/report/reporters/multiplexer.ts'
import type { CheckResult } from '../../../harness/run/checks/check.ts'
import { context, end, events, failed, natRule, passed, start, written } from '../example.ts'

interface Command {
  name: string
  properties: Record<string, string>
  message: string
}

/** Reads a line of a log as GitHub's runner does; undefined where it is no command. */
function readCommand(line: string): Command | undefined {
  const text = line.trim()
  const close = text.indexOf('::', 2)
  if (!text.startsWith('::') || close === -1) return undefined
  const [name = '', ...rest] = text.slice(2, close).split(' ')
  const properties = rest
    .join(' ')
    .split(',')
    .map((pair) => pair.split(/=(.*)/s, 2))
  return {
    name,
    properties: Object.fromEntries(
      properties.map(([key = '', value = '']) => [key, unescaped(value, { '%3A': ':', '%2C': ',' })]),
    ),
    message: unescaped(text.slice(close + 2)),
  }
}

function unescaped(text: string, further: Readonly<Record<string, string>> = {}): string {
  const known: Readonly<Record<string, string>> = { '%25': '%', '%0D': '\r', '%0A': '\n', ...further }
  return text.replace(/%[0-9A-F]{2}/g, (escaped) => known[escaped] ?? escaped)
}

function annotated(...results: CheckResult[]): (Command | undefined)[] {
  const lines = written(githubIn({ GITHUB_WORKSPACE: '/checkout' }), events(...results)).split('\n')
  return lines.slice(0, -1).map(readCommand)
}

function at(line: number, result: CheckResult = failed): CheckResult {
  const { check } = result
  return { ...result, check: { ...check, id: `${check.id}/${line}`, location: { ...check.location, line } } }
}

function titled(title: string, result: CheckResult = failed): CheckResult {
  return { ...result, check: { ...result.check, scenario: { ...result.check.scenario, title } } }
}

/** The summary that a run with these results leaves in a job that has written `before`. */
function summary(t: Test, results: readonly CheckResult[], before = ''): string {
  const file = join(t.testdir({}), 'summary.md')
  if (before !== '') writeFileSync(file, before)
  written(githubIn({ GITHUB_STEP_SUMMARY: file }), events(...results))
  return readFileSync(file, 'utf8')
}

const rule = natRule(3, '-A OSM -j REDIRECT')
const decided: CheckResult = { ...failed, decidedBy: { observed: [rule] } }

t.test('a cause is annotated once, with the rule that decided and the flows that it struck', async (t) => {
  const legacy: CheckResult = {
    ...decided,
    check: { ...decided.check, id: decided.check.id.replace('/nft/', '/legacy/'), backend: 'legacy' },
  }
  const [annotation, ...others] = annotated(passed, decided, legacy, {
    ...decided,
    check: { ...decided.check, id: decided.check.id.replace('6379', '6380') },
  })
  t.same(others, [], 'one for all of them')
  t.match(annotation, {
    name: 'error',
    properties: {
      file: 'scenarios/osm/exclusions.ts',
      line: '8',
      title: '3 checks of 2 flows: nat OSM rule 3 decides, and not as promised',
    },
  })
  t.match(annotation?.message, 'decided by: nat OSM rule 3, from OUTPUT: -A OSM -j REDIRECT\n')
  t.match(annotation?.message, '\nwith: legacy ipv4, nft ipv4\n')
  t.match(annotation?.message, '- app (1000:1000) sends TCP to 203.0.113.10:6379: expected direct, but')
})

t.test("somebody else's builder is annotated where it is, never Sidetrack's scenarios", async (t) => {
  const variables = { GITHUB_WORKSPACE: '/repo' }
  const first = (builder?: { file?: string }) =>
    readCommand(written(githubIn(variables), events(decided), { ...(builder && { builder }) }).split('\n')[0] ?? '')
      ?.properties
  t.equal(first({ file: '/repo/cmd/rules.sh' })?.['file'], 'cmd/rules.sh')
  t.strictSame(Object.keys(first({ file: '/elsewhere/rules.sh' }) ?? {}), ['title'], 'a file outside the repository')
  t.strictSame(Object.keys(first({}) ?? {}), ['title'], 'a builder without a file, such as an image')
  t.strictSame(Object.keys(first() ?? {}), ['title'], 'a scenario that is not in this repository')
})

t.test('a run in which all is well is not annotated', async (t) => {
  t.same(annotated(passed, { ...passed, status: 'skipped', reason: 'no IPv6' }), [])
})

t.test('the most severe come first, and no more than GitHub shows', async (t) => {
  const faults = (['input', 'machine', 'rules', 'sidetrack'] as const).map(
    (fault, index): CheckResult => at(index + 1, { ...failed, status: 'error', fault, reason: fault }),
  )
  const other = (index: number): CheckResult => {
    const chain = `CHAIN_${String.fromCharCode(65 + (index % 26))}${String.fromCharCode(65 + Math.floor(index / 26))}`
    return at(index + 10, { ...failed, decidedBy: { observed: [{ ...rule, chain, text: `-A ${chain} -j REDIRECT` }] } })
  }
  const few = annotated(...faults, at(99))
  t.same(
    few.map((command) => command?.properties['line']),
    ['4', '99', '3', '2', '1'],
  )
  const many = annotated(...faults, ...Array.from({ length: 40 }, (_, index) => other(index)))
  t.equal(many.length, mostAnnotations)
  t.equal(many[0]?.properties['line'], '4')
  t.match(many.at(-1)?.properties['title'], '35 further causes not as expected')
  t.equal(annotated(...Array.from({ length: mostAnnotations }, (_, index) => other(index))).length, mostAnnotations)
})

t.test("a stranger's text can neither end an annotation nor begin another", async (t) => {
  const strange = fc.string({
    unit: fc.constantFrom('::', 'error', '%', '0A', '3A', ',', '=', '\n', '\r', ' ', '\x1b', 'file', 'é'),
  })
  fc.assert(
    fc.property(strange, strange, (title, reason) => {
      const chain = { ...rule, chain: `<${title}>` }
      const [annotation, ...others] = annotated({ ...failed, reason: `<${reason}>`, decidedBy: { observed: [chain] } })
      // A command of the runner's at a line's beginning is none any more.
      const shown = (text: string) =>
        text
          .replaceAll(/(\n[^\S\n]*):(?=:error\b)/g, '$1\\x3a')
          .replaceAll('\x1b', '\\x1b')
          .replaceAll('\r', '\\x0d')
      t.same(others, [])
      t.same(Object.keys(annotation?.properties ?? {}), ['file', 'line', 'title'])
      t.ok(annotation?.message.includes(`<${shown(reason)}>`))
      t.ok(annotation?.properties['title']?.includes(`<${shown(title)}>`))
    }),
  )
})

t.test('without a workspace, files are as the caller would write them', async (t) => {
  t.match(written(githubIn({}), events(failed)), /^::error file=scenarios\/osm\/exclusions.ts,line=8,/)
})

t.test('a run that breaks off is told, in both places', async (t) => {
  const error = new HarnessError('machine', 'the sandbox died')
  for (const [last, said] of [
    [{ ...end, error }, 'the sandbox died'],
    [{ ...end, interrupted: true }, /interrupted/],
  ] as const) {
    const file = join(t.testdir({}), 'summary.md')
    const [first] = written(githubIn({ GITHUB_STEP_SUMMARY: file }), [
      start,
      { type: 'result', result: passed },
      last,
    ]).split('\n')
    t.match(readCommand(first ?? '')?.message, said)
    t.match(readFileSync(file, 'utf8'), said)
    t.notMatch(readFileSync(file, 'utf8'), '## Sidetrack: ✅')
  }
})

t.test(
  'the summary has totals, a matrix, and each failure with its rule, after what the job wrote before',
  async (t) => {
    const ipv6: CheckResult = { ...passed, check: { ...passed.check, family: 'ipv6' } }
    const text = summary(t, [passed, decided, ipv6], 'before\n')
    t.match(text, /^before\n## Sidetrack: ❌ 1 of 2 checks not as expected\n/)
    t.match(text, '| Scenarios | nft ipv4 | nft ipv6 |\n|---|---|---|\n')
    t.match(text, '| <code>osm&#47;exclusions</code> | ❌ 1 failed<br>✅ 1 passed | ✅ 1 passed |\n')
    t.match(text, 'decided by  nat OSM rule 3, from OUTPUT: -A OSM -j REDIRECT\n')
    t.match(text, 'osm/exclusions:8')
  },
)

t.test('environments have a table each, and what they disagree on is told', async (t) => {
  const file = join(t.testdir({}), 'summary.md')
  const elsewhere: CheckResult = { ...failed, environment: 'bookworm' }
  const [environment] = start.type === 'start' ? start.environments : []
  if (start.type !== 'start' || environment === undefined) throw new TypeError('the example has an environment')
  const begun = { ...start, environments: [environment, { ...environment, id: 'bookworm' }] }
  written(githubIn({ GITHUB_STEP_SUMMARY: file }), [begun, ...events(passed, elsewhere).slice(1)])
  const text = readFileSync(file, 'utf8')
  t.match(text, '#### <code>local</code>\n')
  t.match(text, '#### <code>bookworm</code>\n')
  t.match(text, '### Findings\n\n<pre>1 finding: ')
  t.match(text, 'with   nft ipv4 in bookworm\n')
})

t.test('a summary never outgrows what GitHub takes, and says what it left out', async (t) => {
  const long = 'é<'.repeat(300)
  const many = Array.from({ length: 2000 }, (_, index) =>
    at(index + 1, {
      ...failed,
      status: 'error',
      fault: 'machine',
      reason: `${'x'.repeat(index % 50)}${'y'.repeat(index / 50)} ${long}`,
    }),
  )
  for (const before of ['', 'x'.repeat(summaryLimit / 2)]) {
    const text = summary(t, many, before)
    const size = Buffer.byteLength(text)
    t.ok(size <= summaryLimit && size > summaryLimit - 8192, `${size} bytes`)
    const shown = text.split('<details>').length - 1
    t.ok(shown > 50)
    t.match(text, new RegExp(`\n${2000 - shown} of 2000 causes left out: .*\n$`))
  }
  const files = (results: readonly CheckResult[]) =>
    results.map((result, index): CheckResult => {
      const file = `/checkout/scenarios/osm/${'f'.repeat(1000)}-${index}.ts`
      return {
        ...result,
        check: { ...result.check, scenario: { ...result.check.scenario, location: { file, line: 1 } } },
      }
    })
  const allWell = summary(t, files(many.map(() => passed)))
  t.ok(Buffer.byteLength(allWell) <= summaryLimit)
  t.match(allWell, /\n\d+ more files have no room in this summary\.\n/)
  const bad = summary(t, files(many))
  t.ok(Buffer.byteLength(bad) <= summaryLimit)
  t.match(bad, '| <code>1994 more files</code> | ', 'those with most failures have rows of their own')
  t.match(bad, '<details>')
})

t.test("a stranger's text is text in Markdown", async (t) => {
  const evil = '</pre></code></details>\n\n# a | b `c` **d** <img src=x> [e](http://f) @user #1 \u202e'
  const text = summary(t, [titled(evil, { ...failed, status: 'error', fault: 'rules', reason: evil })])
  t.notMatch(text, /<img|\u202e/)
  t.notMatch(text.replace(/<pre>[^<]*<\/pre>/g, ''), /\n# a|`|\*\*|@user/, 'in a block nothing but its end is markup')
  t.equal(text.split('</details>').length - 1, 1)
  t.equal(text.split('<pre>').length, text.split('</pre>').length)
  const [, title = ''] = /<summary>[^<]*<code>(a [^<]*|[^<]*&#47;pre[^<]*)<\/code>/.exec(text) ?? []
  t.notMatch(title.replace(/&#\d+;/g, ''), /[!-/:-@[-`{-~]/, 'nothing in a line is markup')
  t.match(title, 'a &#124; b &#96;c&#96;')
})

t.test('a summary that cannot be written fails the report, and the run goes on', async (t) => {
  const from = t.testdir({ full: 'x'.repeat(summaryLimit - 100) })
  mkdirSync(join(from, 'folder'))
  for (const [name, fault, message] of [
    ['folder', 'machine', /reporter github failed: EISDIR/],
    ['full', 'sidetrack', 'reporter github failed: the job summary has no room left'],
  ] as const) {
    const heard: string[] = []
    let lines = ''
    const listen = githubIn({ GITHUB_STEP_SUMMARY: join(from, name) })({ write: (text) => (lines += text) }, context)
    const multiplexer = new Multiplexer([
      { name: 'github', listen },
      { name: 'sound', listen: ({ type }) => heard.push(type) },
    ])
    for (const event of events(failed)) multiplexer.listen(event)
    t.match(multiplexer.failures, [{ fault, message }])
    t.same(heard, ['start', 'result', 'end'])
    t.match(lines, /^::error /, 'annotations are there all the same')
  }
  t.equal(readFileSync(join(from, 'full'), 'utf8').length, summaryLimit - 100)
})
