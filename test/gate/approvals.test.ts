import t from 'tap'
import { Approvals, entriesFor } from '../../harness/gate/approvals/approvals.ts'
import { isLookedAt, type Scope } from '../../harness/gate/compared/scope.ts'

const approvals = (content: string) => new Approvals('approvals.yaml', '/there/approvals.yaml', content)
const change = {
  id: 'osm/witness/default/app-tcp-203.0.113.10:80/nft/ipv4',
  before: 'redirected to outbound, then peer',
  after: 'direct to the peer',
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
  const added = [{ ids: 'osm/witness/default/rules/*/all', before: 'loaded', after: 'rejected: no', reason: 'meant' }]
  const text = known.rewritten({ added, pruned: known.unused(whole).stale })
  t.equal(
    text,
    `# Reviewed by the networking group.
- ids: osm/witness/*/app-tcp-203.0.113.10:80/*/ipv4 # both backends
  before: redirected to outbound*
  after: direct to the peer
  reason: issue 12
- ids: osm/witness/default/rules/*/all
  before: loaded
  after: "rejected: no"
  reason: meant
`,
  )
  t.equal(known.rewritten({}), file, 'nothing is asked for, and nothing changes')
  t.match(approvals('# to come\n').rewritten({ added }), /^# to come\n+- ids: /)
  t.match(approvals('').rewritten({ added }), /^- ids: osm/)
  t.match(approvals(text).find({ id: 'osm/witness/default/rules/nft/all', before: 'loaded', after: 'rejected: no' }), {
    reason: 'meant',
  })
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

t.test('one entry for both backends where both have changed alike, one each otherwise', async (t) => {
  const on = (backend: string, after = 'direct') => ({
    id: `osm/witness/default/FLOW/${backend}/ipv4`,
    backend,
    before: 'dropped',
    after,
  })
  const ids = (...changes: ReturnType<typeof on>[]) =>
    entriesFor(changes, ['nft', 'legacy'], 'why').map((entry) => entry.ids)
  t.same(ids(on('nft'), on('legacy')), ['osm/witness/default/FLOW/*/ipv4'])
  t.same(ids(on('nft')), ['osm/witness/default/FLOW/nft/ipv4'])
  t.same(
    entriesFor([on('nft')], ['nft'], 'why').map((entry) => entry.ids),
    ['osm/witness/default/FLOW/nft/ipv4'],
    'of the other backend nobody knows',
  )
  t.same(ids(on('nft'), on('legacy', 'refused')), [
    'osm/witness/default/FLOW/nft/ipv4',
    'osm/witness/default/FLOW/legacy/ipv4',
  ])
})

t.test('all that is wrong with a file is told at once', async (t) => {
  t.throws(() => approvals('- ids: a\n  before: b\n  reason: c\n- ids: a\n  befor: b\n  after: c\n  reason: ""\n'), {
    fault: 'input',
    message:
      "/there/approvals.yaml:1: after: is missing\n/there/approvals.yaml:5: befor: no such field, did you mean 'before'?\n/there/approvals.yaml:7: reason: is empty",
  })
})
