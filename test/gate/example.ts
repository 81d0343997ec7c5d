import { Approvals } from '../../harness/gate/approvals/approvals.ts'
import { noCause } from '../../harness/gate/changes/cause.ts'
import type { Change } from '../../harness/gate/changes/change.ts'
import { Coverage } from '../../harness/gate/classes/coverage.ts'
import { approve, type GateReport } from '../../harness/gate/approvals/outcome.ts'
import { failed, passed } from '../report/example.ts'

export const rule = (number: number, text: string) => ({
  connection: 0,
  hook: 'OUTPUT' as const,
  table: 'nat',
  chain: 'OUT',
  rule: number,
  text: `-A OUT ${text}`,
  target: text.includes('REDIRECT') ? 'REDIRECT' : 'RETURN',
})
const config = { name: 'default', config: {}, podAnnotations: {} }
export const flow = (port: number, effect: Change['effect'], more: Partial<Change> = {}): Change => ({
  id: `osm/witness/default/app-tcp-203.0.113.10:${port}/nft/ipv4`,
  effect,
  config,
  backends: { baseline: 'nft', candidate: 'nft' },
  family: 'ipv4',
  subject: `app (1000:1000) → TCP 203.0.113.10:${port}`,
  range: `port ${port}`,
  before: 'redirected to outbound, then peer',
  after: 'direct to the peer',
  outcomes: {
    baseline: {
      observed: failed.observed ?? { verdict: 'dropped', journey: [] },
      decidedBy: { observed: [rule(2, '-j REDIRECT --to-ports 15001')] },
    },
    candidate: {
      observed: passed.observed ?? { verdict: 'dropped', journey: [] },
      decidedBy: { observed: [rule(1, '-p tcp -j RETURN')] },
    },
  },
  cause: {
    rules: { baseline: rule(2, '-j REDIRECT --to-ports 15001'), candidate: rule(1, '-p tcp -j RETURN') },
    text: {
      lines: [
        { side: 'baseline', table: 'nat', chain: 'OUT', text: '-A OUT -p udp -j RETURN', line: 3 },
        { side: 'candidate', table: 'nat', chain: 'OUT', text: '-A OUT -p tcp -j RETURN', line: 4 },
      ],
      notes: [],
    },
  },
  ...more,
})

export const hostile = '<script>alert(1)</script> \u001b[31m @team `x`'
export const changes = [
  flow(80, 'opened'),
  flow(81, 'opened'),
  flow(82, 'moved', { cause: noCause }),
  flow(83, 'closed', { subject: hostile }),
]
const approvals = new Approvals(
  'ok.yaml',
  '/ok.yaml',
  "- { ids: '**:82/**', before: '*', after: '*', reason: meant }\n- { ids: old, before: '*', after: '*', reason: gone }\n",
)

const scope = {
  mesh: 'osm',
  configs: new Set(['default']),
  backends: new Set(['nft']),
  families: new Set(['ipv4', 'ipv6']),
  isEveryConfig: true,
  isEveryBackend: true,
  isEveryFamily: true,
  witnesses: true,
  suite: true,
}
const coverage = new Coverage(1)
coverage.classes = 412
/** Four changes by three causes, one of them approved, and text of a stranger. */
export const report: GateReport = {
  mesh: 'osm',
  sources: { baseline: 'git:HEAD', candidate: 'exec:./builder' },
  command: ['gate'],
  startedAt: new Date('2026-01-02T03:04:05Z'),
  durationMs: 1234,
  configs: [config],
  changes: approve(changes, approvals),
  errors: [],
  coverage,
  approvals: { name: approvals.name, ...approvals.unused(scope) },
  notices: [],
  backends: ['nft'],
}
