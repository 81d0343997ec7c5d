import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

/**
 * Rooms from top to bottom: each may import from itself and from rows below its own, never from its own row or above.
 */
const rows = [
  ['bin'],
  ['cli'],
  ['find'],
  ['explain', 'gate', 'repro'],
  ['report', 'mutate'],
  ['findings'],
  ['run'],
  ['source'],
  ['sandbox'],
  ['classes'],
  ['model', 'agent'],
  ['scenario'],
  ['mesh'],
  ['input'],
  ['iptables'],
  ['netfilter', 'sys'],
  ['flow'],
  ['core'],
]

/** The folders of a room from top to bottom, by the same rule; files beside them are above them all. */
const foldersOf: Readonly<Record<string, readonly (readonly string[])[]>> = {
  report: [['reporters', 'evidence', 'reading'], ['text'], ['describing'], ['writing']],
  run: [['witnesses'], ['schedule'], ['judge'], ['plan'], ['predict'], ['checks']],
  cli: [
    ['watch'],
    ['run', 'list', 'gate', 'repro', 'find', 'explain', 'init'],
    ['options'],
    ['scenario-process', 'command'],
  ],
  gate: [['reporters'], ['approvals'], ['driving'], ['classes'], ['changes'], ['compared']],
  repro: [['formats'], ['table'], ['examine']],
  source: [['kinds', 'kubernetes'], ['rules'], ['capture', 'collect']],
  classes: [['alike'], ['space'], ['boxes'], ['marks']],
  model: [['path'], ['rules'], ['stack'], ['packet']],
  iptables: [['texts'], ['ruleset'], ['command'], ['syntax'], ['extensions'], ['words']],
  sys: [['processes'], ['namespaces', 'privileges', 'sockets', 'files'], ['machine', 'libc'], ['node']],
}

/** Packages that one module alone may import. */
const doors: Readonly<Record<string, string>> = {
  execa: 'harness/sys/processes/exec.ts',
  koffi: 'harness/sys/libc/libc.ts',
  tinypool: 'harness/gate/classes/comparing.ts',
  testcontainers: 'harness/sandbox/engine/container-engine.ts',
}

const root = join(import.meta.dirname, '..')

interface Import {
  from: string
  to: string
}

function importsOf(folder: string): Import[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.[jt]s$/.test(name),
  )
  return files.flatMap((name) => {
    const from = join(folder, name)
    const text = readFileSync(join(root, from), 'utf8')
    const specifiers = text.matchAll(
      /(?:^(?:import|export)\b[^'"]*?\bfrom\s|^import\s|\bimport\()\s*['"]([^'"]+)['"]/gm,
    )
    return [...specifiers].map(([, specifier = '']) => ({
      from,
      to: specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier,
    }))
  })
}

function roomOf(path: string): string | undefined {
  return /^harness\/([^/]+)\//.exec(path)?.[1]
}

function rowOf(room: string | undefined): number {
  return rows.findIndex((row) => room !== undefined && row.includes(room))
}

function goesUp({ from, to }: Import): boolean {
  const [room, other] = [roomOf(from), roomOf(to)]
  return other !== undefined && room !== other && rowOf(other) <= rowOf(room)
}

/** The folder that a file is in, of a room whose folders have an order; none for a file beside those folders. */
function folderOf(path: string): { room: string; folder: string } | undefined {
  const [, room = '', folder = ''] = /^harness\/([^/]+)\/(?:([^/]+)\/)?/.exec(path) ?? []
  return room in foldersOf ? { room, folder } : undefined
}

function goesUpInside({ from, to }: Import): boolean {
  const [own, other] = [folderOf(from), folderOf(to)]
  if (own === undefined || own.room !== other?.room || own.folder === other.folder) return false
  const row = ({ room, folder }: { room: string; folder: string }) =>
    foldersOf[room]?.findIndex((names) => names.includes(folder)) ?? -1
  return row(other) <= row(own)
}

/**
 * The files that import each other, directly or by way of others: each such set once, in order (Tarjan's strongly
 * connected components).
 */
function circles(all: readonly Import[]): string[][] {
  const targets = Map.groupBy(all, ({ from }) => from)
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (file: string): void => {
    order.set(file, order.size)
    lowest.set(file, order.size - 1)
    stack.push(file)
    for (const { to } of targets.get(file) ?? []) {
      if (!order.has(to)) visit(to)
      if (stack.includes(to)) lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(to) ?? 0))
    }
    if (lowest.get(file) !== order.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) found.push(circle.sort())
  }
  for (const { from } of all) if (!order.has(from)) visit(from)
  return found
}

const imports = importsOf('harness')

t.test('imports are found at all, in every form', async (t) => {
  for (const to of [
    'harness/core/errors.ts',
    'harness/cli/main.ts',
    'harness/run/schedule/run.ts',
    'node:fs',
    'execa',
    'koffi',
  ]) {
    t.ok(
      imports.some((found) => found.to === to),
      to,
    )
  }
})

t.test('every room has its row', async (t) => {
  t.same(
    [...new Set(imports.map(({ from }) => roomOf(from)))].filter((room) => rowOf(room) === -1),
    [],
  )
})

t.test('the map has every room, in the same order', async (t) => {
  const map = readFileSync(join(root, 'harness/README.md'), 'utf8')
  const named = [...map.matchAll(/^\| `(\w+)\/` \|/gm)].map(([, room]) => room)
  const rooms = readdirSync(join(root, 'harness'), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  )
  t.same(
    named,
    rows.flat().filter((room) => rooms.includes(room)),
  )
})

t.test('what predicts and what observes share plain types alone', async (t) => {
  const between = (from: string, to: string): Import[] =>
    imports.filter((found) => roomOf(found.from) === from && roomOf(found.to) === to)
  t.same(
    [
      ...between('model', 'agent'),
      ...between('agent', 'model'),
      ...between('agent', 'iptables'),
      ...between('agent', 'netfilter'),
      ...between('agent', 'mesh'),
    ],
    [],
  )
})

t.test('who reasons about rules knows what the kernel executes, and no syntax', async (t) => {
  const syntax = imports.filter(({ to }) => roomOf(to) === 'iptables')
  t.same(
    syntax.filter(({ from }) =>
      ['model', 'classes', 'explain', 'report', 'findings', 'netfilter', 'gate', 'mutate'].includes(roomOf(from) ?? ''),
    ),
    [],
  )
})

t.test('rooms import only downwards', async (t) => {
  t.same(imports.filter(goesUp), [])
  t.ok(goesUp({ from: 'harness/flow/flow.ts', to: 'harness/run/schedule/run.ts' }), 'upwards')
  t.ok(goesUp({ from: 'harness/model/a.ts', to: 'harness/agent/b.ts' }), 'across a row')
  t.notOk(goesUp({ from: 'harness/run/schedule/run.ts', to: 'harness/flow/flow.ts' }), 'downwards')
})

t.test('folders inside a room import only downwards', async (t) => {
  t.same(imports.filter(goesUpInside), [])
  t.ok(goesUpInside({ from: 'harness/report/writing/a.ts', to: 'harness/report/describing/b.ts' }), 'upwards')
  t.ok(goesUpInside({ from: 'harness/report/reading/a.ts', to: 'harness/report/reporters/json.ts' }), 'across a row')
  t.notOk(
    goesUpInside({ from: 'harness/report/reporters/html/a.ts', to: 'harness/report/reporters/b.ts' }),
    'inside a folder',
  )
  t.notOk(goesUpInside({ from: 'harness/report/reporters/a.ts', to: 'harness/report/writing/b.ts' }), 'downwards')
  t.ok(goesUpInside({ from: 'harness/model/path/a.ts', to: 'harness/model/b.ts' }), 'from a folder to a file beside it')
})

t.test('every folder inside such a room has its row, and its line in the map', async (t) => {
  const map = readFileSync(join(root, 'harness/README.md'), 'utf8')
  for (const [room, rows] of Object.entries(foldersOf)) {
    const folders = readdirSync(join(root, 'harness', room), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )
    t.same(folders.sort(), rows.flat().sort(), room)
    const named = [...map.matchAll(/^\| `(\w+)\/([\w-]+)\/` \|/gm)].flatMap(([, of, folder]) =>
      of === room ? [folder] : [],
    )
    // A folder with the parts of a file beside it is explained by that file.
    const isOfFile = (folder: string): boolean => existsSync(join(root, 'harness', room, `${folder}.ts`))
    t.same(
      named,
      rows.flat().filter((folder) => !isOfFile(folder)),
      `${room}, in the map`,
    )
  }
})

t.test('a reporter knows no other', async (t) => {
  const reporterOf = (path: string): string | undefined => /^harness\/report\/reporters\/(\w+)\//.exec(path)?.[1]
  const others = ({ from, to }: Import): boolean =>
    reporterOf(to) !== undefined && ![reporterOf(to), undefined].includes(reporterOf(from))
  t.same(imports.filter(others), [])
  t.ok(others({ from: 'harness/report/reporters/github/a.ts', to: 'harness/report/reporters/pretty/b.ts' }))
})

t.test('no circles, types included', async (t) => {
  t.same(circles(imports), [])
  t.same(
    circles([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'b' },
      { from: 'c', to: 'd' },
    ]),
    [['b', 'c']],
  )
})

t.test('execa, koffi and testcontainers have one door each', async (t) => {
  t.same(
    imports.filter(({ from, to }) => (doors[to] ?? from) !== from),
    [],
  )
})

t.test('scenarios import the DSL alone', async (t) => {
  t.same(
    importsOf('scenarios').filter(
      ({ from, to }) => to !== 'sidetrack' && !(to.startsWith('scenarios/') && from.startsWith('scenarios/')),
    ),
    [],
  )
})
