import { SaxesParser } from 'saxes'
import t from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import type { CheckResult } from '../../../harness/run/checks/check.ts'
import { junit } from '../../../harness/report/reporters/junit.ts'
import { end, events, failed, natRule, passed, start, written } from '../example.ts'

interface Element {
  name: string
  attributes: Readonly<Record<string, string>>
  children: Element[]
  text: string
}

/**
 * What Jenkins' and Surefire's schemas allow: attributes that must be there, those that may, and the elements inside.
 */
const schema: Readonly<Record<string, { required: string[]; optional: string[]; children: string[] }>> = {
  testsuites: { required: [], optional: ['name', 'tests', 'failures', 'errors', 'time'], children: ['testsuite'] },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
    optional: ['timestamp'],
    children: ['testcase'],
  },
  testcase: { required: ['name', 'classname', 'time'], optional: [], children: ['failure', 'error', 'skipped'] },
  failure: { required: ['message', 'type'], optional: [], children: [] },
  error: { required: ['message', 'type'], optional: [], children: [] },
  skipped: { required: ['message'], optional: [], children: [] },
}

const formats: Readonly<Record<string, RegExp>> = {
  tests: /^\d+$/,
  failures: /^\d+$/,
  errors: /^\d+$/,
  skipped: /^\d+$/,
  time: /^\d+\.\d+$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
}

/** @throws Error where the text is not well-formed XML. */
function parse(text: string): Element {
  const top: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [top]
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes, children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += text
  })
  parser.on('closetag', () => open.pop())
  parser.write(text).close()
  const [root] = top.children
  if (root === undefined) throw new TypeError('no element')
  return root
}

function violations({ name, attributes, children }: Element): string[] {
  const rule = schema[name]
  if (rule === undefined) return [`<${name}> is unknown`]
  const allowed = [...rule.required, ...rule.optional]
  return [
    ...rule.required
      .filter((attribute) => attributes[attribute] === undefined)
      .map((attribute) => `<${name}> lacks ${attribute}`),
    ...Object.keys(attributes)
      .filter((attribute) => !allowed.includes(attribute))
      .map((attribute) => `<${name} ${attribute}>`),
    ...Object.entries(attributes)
      .filter(([key, value]) => formats[key]?.test(value) === false)
      .map(([key, value]) => `${key}="${value}"`),
    ...children.filter((child) => !rule.children.includes(child.name)).map((child) => `<${child.name}> in <${name}>`),
    ...(name === 'testcase' && children.length > 1 ? ['two outcomes'] : []),
    ...(name === 'testsuite' ? miscounts(attributes, children) : []),
    ...children.flatMap(violations),
  ]
}

function miscounts(attributes: Element['attributes'], cases: readonly Element[]): string[] {
  const count = (outcome: string) =>
    cases.filter(({ children }) => children.some(({ name }) => name === outcome)).length
  const counted = { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') }
  return Object.entries(counted).flatMap(([name, n]) =>
    attributes[name] === String(n) ? [] : [`${name}: ${attributes[name]}, not ${n}`],
  )
}

const skipped: CheckResult = { ...passed, status: 'skipped', reason: 'no IPv6 here' }
const broken: CheckResult = { ...failed, status: 'error', fault: 'machine', reason: 'no such module' }

function outcomes(root: Element): Element[] {
  return root.children.flatMap(({ children }) => children.flatMap(({ children }) => children))
}

t.test('a report is what viewers accept, and the counts are right', async (t) => {
  const legacy = { ...passed, check: { ...passed.check, backend: 'legacy' as const } }
  const root = parse(written(junit, events(passed, failed, skipped, broken, legacy)))
  t.same(violations(root), [])
  t.same(
    root.children.map(({ attributes: { name, tests } }) => [name, tests]),
    [
      ['osm nft ipv4', '4'],
      ['osm legacy ipv4', '1'],
    ],
  )
  t.match(root.attributes, { tests: '5', failures: '1', errors: '1' })
  t.match(root.children[0]?.children[0]?.attributes, { classname: 'osm/exclusions' })
})

t.test('times add up to what the run took, not to what its pods took beside each other', async (t) => {
  const slow = { ...passed, durationMs: 6000 }
  const legacy = { ...slow, durationMs: 2000, check: { ...passed.check, backend: 'legacy' as const } }
  const root = parse(written(junit, events(slow, slow, legacy)))
  t.equal(root.attributes['time'], '2.512')
  t.same(
    root.children.map(({ attributes: { time } }) => time),
    ['2.153', '0.359'],
  )
})

t.test('the check of the schema can fail', async (t) => {
  const report = written(junit, events(failed))
  t.strictSame(
    violations(parse(report.replace('failures="1" errors="0" skipped', 'failures="2" errors="0" skipped'))),
    ['failures: 2, not 1'],
  )
  t.strictSame(violations(parse(report.replace(/ classname="[^"]*"/, ''))), ['<testcase> lacks classname'])
  t.throws(() => parse(report.replace('</testsuites>', '')))
})

t.test('failures, errors and skips say why, and a failure names the deciding rule', async (t) => {
  const rule = natRule(3, '-A OSM -j REDIRECT')
  const root = parse(written(junit, events({ ...failed, decidedBy: { observed: [rule] } }, broken, skipped)))
  const [failure, error, skip] = outcomes(root)
  t.match(failure, { name: 'failure', attributes: { message: failed.reason } })
  t.match(failure?.text, 'decided by: nat OSM rule 3, from OUTPUT: -A OSM -j REDIRECT\n')
  t.match(failure?.text, "observed: redirected to the proxy's outbound listener")
  t.match(error, { name: 'error', attributes: { message: 'no such module', type: 'machine' } })
  t.match(skip, { name: 'skipped', attributes: { message: 'no IPv6 here' } })
})

t.test("a stranger's text stays text", async (t) => {
  const text = 'a ]]> <b> & "c" \x1b[31m \x00 \ufffe \ud800 \u{1f600}\r\nend'
  const root = parse(written(junit, events({ ...failed, reason: text, evidence: { rules: text, conntrack: [] } })))
  const shown = 'a ]]> <b> & "c" \\x1b[31m \\x00 \\ufffe \\ud800 \u{1f600}\\x0d\nend'
  t.equal(outcomes(root)[0]?.attributes['message'], shown)
  t.match(outcomes(root)[0]?.text, shown)
})

t.test('a run that breaks off is an error, so that nobody takes it for whole', async (t) => {
  const error = new HarnessError('machine', 'the sandbox died')
  for (const last of [
    { ...end, error },
    { ...end, interrupted: true },
  ]) {
    const root = parse(written(junit, [start, { type: 'result', result: passed }, last]))
    t.same(violations(root), [])
    t.match(root.attributes, { tests: '2', errors: '1' })
    t.match(outcomes(root)[0]?.attributes['message'], 'error' in last ? /the sandbox died/ : /interrupted/)
  }
})
