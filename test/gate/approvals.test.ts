import t from 'tap'
import { Approvals } from '../../harness/gate/approvals/approvals.ts'
import { approvalLines, entriesFor } from '../../harness/gate/approvals/entries.ts'
import { approve } from '../../harness/gate/approvals/outcome.ts'
import { noCause } from '../../harness/gate/changes/cause.ts'
import type { Change } from '../../harness/gate/changes/change.ts'
import { isLookedAt, type Scope } from '../../harness/gate/compared/scope.ts'
import { flow } from './example.ts'

const approvals = (content: string) => new Approvals('approvals.yaml', '/there/approvals.yaml', content)
const change = {
  id: 'osm/witness/default/app-tcp-203.0.113.10:80/nft/ipv4',
  before: 'redirected to outbound, then peer',
  after: 'direct to the peer',
  changed: [],
}

/** Two configs with all that can be compared of them. */
const whole: Scope = {
  mesh: 'osm',
  configs: new Set(['default', 'one']),
  isEveryConfig: true,
  witnesses: true,
  suite: true,
  backends: new Set(['nft', 'legacy']),
  isEveryBackend: true,
  families: new Set(['ipv4', 'ipv6']),
  isEveryFamily: true,
}

const file = `# Reviewed by the networking group.
- ids: osm/witness/*/app-tcp-203.0.113.10:80/*/ipv4 # both backends
  before: redirected to outbound*
  after: direct to the peer
  reason: issue 12

# not needed any more
- ids: osm/**
  before: dropped
  after: '*'
  reason: issue 13
`

t.test('an approval is a glob over ids, and what may change to what', async (t) => {
  const known = approvals(file)
  t.match(known.find(change), { line: 2, reason: 'issue 12' })
  t.equal(known.find({ ...change, after: 'dropped' }), undefined, 'another outcome is not approved')
  t.equal(known.find({ ...change, before: 'dropped', id: 'istio/witness' }), undefined, 'nor another id')
  t.match(known.unused(whole), { stale: [{ line: 8, reason: 'issue 13' }], unseen: [] })
})

t.test('what is new is added at the end, what is stale taken out, and comments stay', async (t) => {
  const known = approvals(file)
  known.find(change)
  const added = [
    {
      ids: 'osm/witness/default/rules/*/all',
      before: 'loaded',
      after: 'rejected: no',
      reason: 'meant',
      comment: 'failed: the rules',
    },
  ]
  const text = known.rewritten({ added, pruned: known.unused(whole).stale })
  t.equal(
    text,
    `# Reviewed by the networking group.
- ids: osm/witness/*/app-tcp-203.0.113.10:80/*/ipv4 # both backends
  before: redirected to outbound*
  after: direct to the peer
  reason: issue 12
- ids: osm/witness/default/rules/*/all # failed: the rules
  before: loaded
  after: "rejected: no"
  reason: meant
`,
  )
  t.equal(known.rewritten({}), file, 'nothing is asked for, and nothing changes')
  t.match(approvals('# to come\n').rewritten({ added }), /^# to come\n+- ids: /)
  t.match(approvals('').rewritten({ added }), /^- ids: osm/)
  t.match(
    approvals(text).find({
      id: 'osm/witness/default/rules/nft/all',
      before: 'loaded',
      after: 'rejected: no',
      changed: [],
    }),
    {
      reason: 'meant',
    },
  )
})

t.test('the rest of the file stays byte for byte', async (t) => {
  const own = `# Reviewed.\r
- ids: "a/*"     # wide\r
  before: '*'\r
  after: '*'\r
  changed: ['- nat x',   '+ nat y']\r
  reason: >-\r
    two lines\r
    of it\r
\r
# gone with it\r
- {ids: stale, before: x, after: y, reason: z} # this, too\r
# the end\r
`
  const entry = { ids: 'new', before: 'a', after: 'b', reason: 'c', comment: 'd' }
  const lines = '- ids: new # d\n  before: a\n  after: b\n  reason: c\n'
  const known = approvals(own)
  t.equal(known.rewritten({}), own)
  const [, stale] = known.entries
  t.equal(
    known.rewritten({ added: [entry], pruned: stale === undefined ? [] : [stale] }),
    own.replace(/\r\n# gone with it\r\n.*\r\n/, '') + lines.replaceAll('\n', '\r\n'),
  )
  for (const [text, expected] of [
    [
      '  - {ids: a, before: b, after: c, reason: d}',
      `  - {ids: a, before: b, after: c, reason: d}\n${lines.replace(/^/gm, '  ').trimEnd()}\n`,
    ],
    [
      '---\n- {ids: a, before: b, after: c, reason: d}\n...\n',
      `---\n- {ids: a, before: b, after: c, reason: d}\n${lines}`,
    ],
    ['# none yet\n[]\n', `# none yet\n${lines}`],
    ['---\n# none yet\n', `---\n# none yet\n${lines}`],
    ['null\n', lines],
  ] as const)
    t.equal(approvals(text).rewritten({ added: [entry] }), expected, JSON.stringify(text))
  const brackets = approvals('[{ ids: a, before: b, after: c, reason: d }]').rewritten({ added: [entry] })
  t.match(approvals(brackets).entries, [{ ids: 'a' }, { ids: 'new', reason: 'c' }], 'a list in brackets')
})

t.test('what a run has not looked at is not stale', async (t) => {
  const one: Scope = { ...whole, configs: new Set(['one']), isEveryConfig: false }
  const nft: Scope = { ...whole, backends: new Set(['nft']), isEveryBackend: false }
  const ipv4: Scope = { ...whole, families: new Set(['ipv4']), isEveryFamily: false }
  const witness = 'osm/witness/one/app-tcp-203.0.113.10:80'
  const rows: readonly [ids: string, scope: Scope, isLookedAt: boolean][] = [
    [`${witness}/nft/ipv4`, whole, true],
    [`${witness}/nft/ipv4`, one, true],
    ['osm/witness/default/app-tcp-203.0.113.10:80/nft/ipv4', one, false],
    ['osm/witness/*/app-tcp-203.0.113.10:80/nft/ipv4', one, false],
    ['osm/witness/*/app-tcp-203.0.113.10:80/nft/ipv4', whole, true],
    [`${witness}/*/ipv4`, nft, false],
    [`${witness}/legacy/ipv4`, nft, false],
    [`${witness}/nft/*`, ipv4, false],
    ['osm/witness/one/builder/all/all', nft, true],
    ['osm/witness/one/**', one, true],
    ['osm/witness/one/**', nft, false],
    ['osm/**/ipv4', one, false],
    ['osm/**/ipv4', ipv4, true],
    ['istio/**', whole, false],
    ['osm/exclusions/some title/app-tcp-203.0.113.10:80/nft/ipv4', whole, true],
    ['osm/exclusions/some title/app-tcp-203.0.113.10:80/nft/ipv4', { ...whole, suite: false }, false],
    [`${witness}/nft/ipv4`, { ...whole, witnesses: false }, false],
    ['osm/witness', one, true],
  ]
  for (const [ids, scope, expected] of rows) t.equal(isLookedAt(ids, scope), expected, ids)
})

/** A port's exclusion that is gone, under a config of this name. */
const lost = (port: number, to: string, more: Partial<Change> = {}): Change => {
  const { config = { name: 'default', config: {}, podAnnotations: {} }, backends } = more
  const backend = backends?.candidate ?? 'nft'
  const rule = (text: string, side: 'baseline' | 'candidate') => ({ side, table: 'nat', chain: 'OUT', text, line: 3 })
  return flow(port, 'opened', {
    id: `osm/witness/${config.name}/app-tcp-${to}/${backend}/ipv4`,
    subject: `app → TCP ${to}`,
    config,
    cause: {
      ...noCause,
      text: { lines: [rule(`-A OUT -p tcp -m tcp --dport ${port} -j RETURN`, 'baseline')], notes: [] },
    },
    ...more,
  })
}
const under = (name: string) => ({ config: { name, config: {}, podAnnotations: {} } })
const onLegacy = { backends: { baseline: 'legacy', candidate: 'legacy' } } as const
const unapprovedOf = (changes: readonly Change[], content: string) =>
  approve(changes, approvals(content)).filter(({ approved }) => approved === undefined)

t.test('one cause is one entry, which covers what its lines do and nothing else', async (t) => {
  const changes = [
    lost(80, '203.0.113.10:80'),
    lost(80, '127.0.0.1:80', {
      flow: { sender: 'app', oddity: 1 },
      before: 'redirected to outbound, then self',
      after: "direct to the proxy's admin port",
    }),
    lost(81, '203.0.113.10:81', under('other')),
  ]
  const text = approvalLines(entriesFor(changes, ['nft'], 'why'))
  t.equal(
    text,
    `- ids: osm/witness/*/app-tcp-*/nft/ipv4 # opened: app → TCP 203.0.113.10:80, and 2 more flows
  before: redirected to outbound, then *
  after: direct to the *
  changed:
    - "- nat -A OUT -p tcp -m tcp --dport * -j RETURN"
  reason: why
`,
  )
  t.same(unapprovedOf(changes, text), [])
  const otherwise = [
    lost(82, '203.0.113.10:82', onLegacy),
    lost(82, '203.0.113.10:82', { after: 'dropped' }),
    lost(82, '203.0.113.10:82', { cause: noCause }),
    flow(82, 'opened'),
    lost(82, '203.0.113.10:82', {
      cause: {
        ...noCause,
        text: {
          lines: [
            {
              side: 'baseline',
              table: 'nat',
              chain: 'OUT',
              text: '-A OUT -p tcp -m tcp --dport 82 -m owner --uid-owner 0 -j RETURN',
            },
          ],
          notes: [],
        },
      },
    }),
  ]
  t.same(unapprovedOf(otherwise, text), otherwise, 'what other lines do, or these do otherwise, is not approved')
})

t.test('what one config changes by two ports is open for these alone', async (t) => {
  const text = approvalLines(entriesFor([lost(80, '203.0.113.10:80'), lost(81, '203.0.113.10:81')], ['nft'], 'why'))
  t.equal(text.match(/^- ids/gm)?.length, 2)
  t.equal(unapprovedOf([lost(82, '203.0.113.10:82')], text).length, 1)
})

t.test('a backend that nobody has looked at is not approved', async (t) => {
  const ids = (changes: readonly Change[], backends: readonly string[]) =>
    entriesFor(changes, backends, 'why').map((entry) => entry.ids)
  const to = '203.0.113.10:80'
  const both = [lost(80, to), lost(80, to, onLegacy)]
  t.same(ids(both, ['nft', 'legacy']), [`osm/witness/default/app-tcp-${to}/*/ipv4`])
  t.same(ids([lost(80, to)], ['nft', 'legacy']), [`osm/witness/default/app-tcp-${to}/nft/ipv4`])
  t.same(ids([lost(80, to)], ['nft']), [`osm/witness/default/app-tcp-${to}/nft/ipv4`])
  const suite = lost(80, to, { id: `osm/outbound/a-title/app-tcp-${to}/nft/ipv4` })
  t.same(ids([lost(80, to), suite], ['nft']), ['osm/**/nft/ipv4'])
})

t.test('without lines that made it, a change has an entry of its own', async (t) => {
  const changes = [80, 81].map((port) => lost(port, `203.0.113.10:${port}`, { cause: noCause }))
  t.same(
    entriesFor(changes, ['nft'], 'why').map(({ ids }) => ids),
    changes.map(({ id }) => id),
  )
})

t.test('a rule that does not load is one entry, on whichever line of a text it stands', async (t) => {
  const rejected = (name: string, line: number, rule: string): Change =>
    lost(80, '', {
      ...under(name),
      id: `osm/witness/${name}/rules/nft/all`,
      subject: `the rules for ${'a long config '.repeat(20)}`,
      effect: 'failed',
      rules: 'loading',
      cause: noCause,
      before: 'loaded',
      after: `rejected at line ${line} (${rule}): no such port`,
    })
  const text = approvalLines(
    entriesFor([rejected('one', 3, '-A OUT --dport 0'), rejected('two', 4, '-A OUT --dport 0')], ['nft'], 'why'),
  )
  t.match(text, /^- ids: osm\/witness\/\*\/rules\/nft\/all # failed: the rules for 2 configs\n/)
  t.match(text, /after: "rejected at line \* \(-A OUT --dport 0\): no such port"\n/)
  t.same(unapprovedOf([rejected('three', 9, '-A OUT --dport 0')], text), [])
  t.equal(unapprovedOf([rejected('three', 9, '-A IN --dport 0')], text).length, 1)
  const [line = ''] = approvalLines(entriesFor([rejected('one', 3, '-A OUT')], ['nft'], 'why')).split('\n')
  t.match(line, /# failed: the rules for a long config .*…$/)
  t.ok(line.length < 200)
})

t.test('rules that are not made are one entry for all configs, as long as they say the same', async (t) => {
  const failing = (name: string, after: string): Change =>
    lost(80, '', {
      ...under(name),
      id: `osm/witness/${name}/builder/all/all`,
      subject: `the rules for ${name}`,
      effect: 'failed',
      rules: 'builder',
      cause: noCause,
      before: 'rules',
      after,
    })
  const changes = [
    failing('one', 'no rules: it exited with 1'),
    failing('two', 'no rules: it exited with 1'),
    failing('three', 'no rules: it exited with 2'),
  ]
  t.equal(
    approvalLines(entriesFor(changes, ['nft', 'legacy'], 'why')),
    `- ids: osm/witness/*/builder/all/all # failed: the rules for 2 configs
  before: rules
  after: "no rules: it exited with 1"
  reason: why
- ids: osm/witness/three/builder/all/all # failed: the rules for three
  before: rules
  after: "no rules: it exited with 2"
  reason: why
`,
  )
})

t.test('all that is wrong with a file is told at once', async (t) => {
  t.throws(() => approvals('- ids: a\n  before: b\n  reason: c\n- ids: a\n  befor: b\n  after: c\n  reason: ""\n'), {
    fault: 'input',
    message:
      "/there/approvals.yaml:1: after: is missing\n/there/approvals.yaml:5: befor: no such field, did you mean 'before'?\n/there/approvals.yaml:7: reason: is empty",
  })
})
