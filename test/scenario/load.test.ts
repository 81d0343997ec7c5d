import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { formatIssue, HarnessError } from '../../harness/core/errors.ts'
import { fileId, loadFiles } from '../../harness/scenario/load.ts'
import { loadScenarios } from '../helpers/load-scenarios.ts'

const dsl = pathToFileURL(join(import.meta.dirname, '../../harness/scenario/dsl.ts')).href
const file = (titles: string[], asList = true): string => {
  const scenarios = titles.map(
    (title) => `scenario('${title}', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isDirect()] })`,
  )
  return `import { app, osm, scenario } from '${dsl}'\nexport default ${asList ? `[${scenarios.join(', ')}]` : scenarios[0]}\n`
}

async function refusal(path: string): Promise<string> {
  const error: unknown = await loadScenarios(path).catch((thrown: unknown) => thrown)
  if (error instanceof HarnessError && error.fault === 'input') return error.line
  throw error
}

t.test('a file of one scenario, or of several', async (t) => {
  const folder = t.testdir({ 'one.ts': file(['alone'], false), 'two.ts': file(['first', 'second']) })
  t.same(
    (await loadScenarios(join(folder, 'one.ts'))).map(({ title }) => title),
    ['alone'],
  )
  t.same(
    (await loadScenarios(join(folder, 'two.ts'))).map(({ title }) => title),
    ['first', 'second'],
  )
})

t.test('a folder is loaded with all that is below it, in the order of paths', async (t) => {
  const folder = t.testdir({
    'z.ts': file(['z']),
    'a.mjs': file(['a']),
    deeper: { 'c.js': file(['c']) },
    'd.d.ts': 'nonsense(',
    'notes.md': '',
  })
  const scenarios = await loadScenarios(folder)
  t.same(
    scenarios.map(({ title }) => title),
    ['a', 'c', 'z'],
  )
  t.same(scenarios.map(fileId), ['a', 'c', 'z'])
})

t.test('a file that imports is an ES module, one that requires is CommonJS, whatever the project says', async (t) => {
  const required = (title: string): string =>
    `const { app, osm, scenario } = require('sidetrack')
module.exports = scenario('${title}', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isDirect()] })\n`
  const folder = t.testdir({
    'package.json': '{ "type": "commonjs" }',
    'a.js': file(['a']),
    'b.js': required('b'),
    'c.ts': file(['c']),
    'd.ts': required('d'),
    'e.cts': file(['e']),
    'f.cts': required('f'),
    'g.cjs': required('g'),
  })
  t.same((await loadScenarios(folder)).map(({ title }) => title).join(''), 'abcdefg')
  const wrong = t.testdir({ 'a.cjs': file(['a']) })
  t.match(await refusal(wrong), /a\.cjs:1:1: does not load: .*; a \.cjs file is CommonJS: name it \.mjs/)
})

t.test('a CommonJS file exports as it stands, or as compilers write it', async (t) => {
  const start = "const { app, osm, scenario } = require('sidetrack')\n"
  const made = (title: string): string =>
    `scenario('${title}', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isDirect()] })\n`
  const marked = "Object.defineProperty(exports, '__esModule', { value: true })\n"
  const folder = t.testdir({
    'a.cjs': `${start}module.exports = [${made('a')}]`,
    'b.cjs': `${start}exports.default = ${made('b')}exports.other = 1\n`,
    'c.cjs': `${start}${marked}exports.default = [${made('c')}]\n`,
    'd.cts': `${start}module.exports = { default: ${made('d')}}\n`,
  })
  t.same((await loadScenarios(folder)).map(({ title }) => title).join(''), 'abcd')
  const named = t.testdir({ 'n.cjs': `${start}exports.mine = ${made('a')}` })
  t.match(await refusal(named), /n\.cjs: its default export must be .*; write 'module\.exports = scenario\(…\)'/)
  const wrapped = t.testdir({
    'w.mjs': `${file(['a']).replace('export default', 'const made =')}\nexport default { default: made }\n`,
  })
  t.match(await refusal(wrapped), /w\.mjs: its default export must be .*; make them with 'scenario\(…\)'/)
})

t.test('scenarios know their file', async (t) => {
  const folder = t.testdir({ 'one.ts': file(['alone']) })
  t.match(await loadScenarios(folder), [{ location: { file: join(folder, 'one.ts'), line: 2 } }])
})

t.test('what cannot be loaded is named', async (t) => {
  const folder = t.testdir({
    'broken.ts': 'export default [',
    'empty.ts': 'export default []',
    'other.ts': 'export default [{ title: 1 }]',
    'invalid.ts': file([' ']),
  })
  t.match(await refusal(join(folder, 'missing.ts')), /missing\.ts: no such file or folder/)
  t.match(await refusal(join(folder, 'broken.ts')), /broken\.ts:1: does not load: Expression expected; a bracket/)
  t.match(
    await refusal(join(folder, 'empty.ts')),
    /empty\.ts: its default export must be a scenario or a list of scenarios/,
  )
  t.match(await refusal(join(folder, 'other.ts')), /other\.ts: its default export must be/)
  t.match(await refusal(join(folder, 'invalid.ts')), /invalid\.ts:2: a scenario needs a title/)
})

let count = 0

/** All that is said of one file, by line. */
async function issuesOf(t: Test, text: string, more: Record<string, string> = {}): Promise<string[]> {
  // A process loads a file once.
  count += 1
  const folder = t.testdir({ [`${count}.ts`]: text.replace("'sidetrack'", `'${dsl}'`), ...more })
  const { files, issues } = await loadFiles([join(folder, `${count}.ts`)])
  t.same(files, [], 'nothing of it is half applied')
  return issues.map((issue) => formatIssue(issue, basename(issue.file).replace(`${count}.ts`, 'some.ts')))
}

t.test('what keeps a file from loading has its line', async (t) => {
  const cases: [text: string, issue: RegExp, more?: Record<string, string>][] = [
    [
      '\n\nlet a = [,;\n',
      /^some\.ts:3:11: does not load: Expression expected; a bracket, a comma or a quotation mark is missing/,
    ],
    [
      "\nexport default { a: 'b',, }",
      /^some\.ts:2:25: does not load: Unexpected token `,`\. Expected identifier, string .*; a bracket, a comma/,
    ],
    [
      '\nconst a = 1\nconst a = 2\nexport default a',
      /^some\.ts:3:7: does not load: Identifier 'a' has already been declared$/,
    ],
    [
      '\nenum A { B }\n',
      /^some\.ts:2:\d+: does not load: TypeScript enum is not supported in strip-only mode; write it as JavaScript has it/,
    ],
    [
      '\n\n(undefined as any).tcp()\nexport default 1',
      /^some\.ts:3: does not load: Cannot read properties of undefined/,
    ],
    ["\nimport './none.ts'\n", /^some\.ts:2: does not load: imports '\.\/none\.ts', which is not there$/],
    ["\n\nimport { x } from 'nosuch/x'\n", /^some\.ts:3: does not load: imports 'nosuch\/x', which is not there$/],
    [
      "import './other.ts'",
      /^other\.ts:2: does not load: Expression expected; a bracket/,
      { 'other.ts': '\nlet x = [' },
    ],
    [
      "\nimport { scenari } from 'sidetrack'\n",
      /^some\.ts:2:10: does not load: .* export named 'scenari'; did you mean 'scenario'\?$/,
    ],
    ['\nthrow "only text"', /^some\.ts: does not load: only text$/],
    ['export const one = 1', /^some\.ts: has no default export; write 'export default scenario\(…\)'$/],
    [
      'export default [{ title: 1 }]',
      /^some\.ts: its default export must be a scenario or a list of scenarios, and an object at 0 is none/,
    ],
  ]
  for (const [text, issue, more] of cases) t.match(await issuesOf(t, text, more), [issue], text)
})

t.test('a scenario that is made and not exported would never run', async (t) => {
  const text = `${file(['one'])}\nscenario('two', { rules: osm(), flows: [app.tcp('peer:80').isDirect()] })\n`
  t.same(await issuesOf(t, text), ["some.ts:4: scenario 'two' is not exported; add it to the default export"])
})

t.test('all that is wrong in all files is told at once, in order, and each thing once', async (t) => {
  const bad = `import { app, osm, scenario } from '${dsl}'
export default [
  scenario('one', { rules: osm({ localProxyMode: () => 1 } as never), familys: [], flows: [app.tpc('peer:80').isDirect(), app.tcp('peer:81').isLoped()] } as never),
  scenario('two', { rules: osm(), flows: [app.tcp('peer:80').isRefused('foo' as never)] }),
]
`
  const folder = t.testdir({ 'b.ts': bad, 'a.ts': bad, 'c.ts': 'let x = [' })
  const error: unknown = await loadScenarios(folder).catch((thrown: unknown) => thrown)
  const issues = (error as HarnessError).issues.map((issue) => formatIssue(issue, basename(issue.file)))
  const ofFile = (name: string): string[] => [
    `${name}:3: osm: config: holds a function, which is no plain data`,
    `${name}:3: app: unknown method 'tpc', did you mean 'tcp'?`,
    `${name}:3: app.tcp('peer:81'): unknown expectation 'isLoped', did you mean 'isLooped'?`,
    `${name}:3: scenario 'one', familys: no such field, did you mean 'families'?`,
    `${name}:4: app.tcp('peer:80').isRefused: by: 'foo' is none of pod, peer`,
  ]
  t.same(issues, [
    ...ofFile('a.ts'),
    ...ofFile('b.ts'),
    'c.ts:1: does not load: Expression expected; a bracket, a comma or a quotation mark is missing there or just before, or there is one too many',
  ])
})
