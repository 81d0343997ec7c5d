import t from 'tap'
import { catalogue } from '../../../harness/findings/find-all.ts'
import type { Finding, FindingKind, Severity } from '../../../harness/findings/finding.ts'
import { findMesh } from '../../../harness/mesh/index.ts'
import { pretty } from '../../../harness/repro/formats/pretty.ts'
import type { ReproReport } from '../../../harness/repro/table/report.ts'
import type { Row } from '../../../harness/repro/table/rows.ts'

const flow = {
  credentials: { uid: 1000, gid: 1000, groups: [] },
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: { address: '203.0.113.10', port: 80 },
} as const

const row = (at: number): Row => ({
  ...{ families: ['ipv4'], origin: flow.origin, protocol: 'tcp', isSeen: false, classes: 1, witness: flow },
  ...{ who: `UID ${at}`, where: 'anywhere', what: 'direct' },
})

function found(severity: Severity, count: number): Finding[] {
  const kind = catalogue.get('rule-shadowed') as FindingKind
  return Array.from({ length: count }, (_, at) => {
    const rule = {
      family: 'ipv4',
      table: 'nat',
      chain: 'OUTPUT',
      rule: at + 1,
      text: '-A OUTPUT',
      line: at + 1,
    } as const
    return { kind, severity, key: `${at}`, what: `${severity} number ${at}`, rules: [rule, rule] }
  })
}

const linesOf = (report: Partial<ReproReport>, isVerbose = false): string[] => {
  const mesh = findMesh('kuma')
  const whole: ReproReport = {
    ...{
      source: 'rules.txt',
      profile: mesh.profile(''),
      premises: ['proxy: Kuma'],
      families: ['ipv4'],
      backend: 'nft',
    },
    ...{
      findings: [],
      rows: [],
      classes: 0,
      isSampled: false,
      left: [],
      driven: 0,
      disagreements: [],
      notDriven: 'a test',
    },
    ...report,
  }
  return pretty(whole, { file: undefined, verbose: isVerbose, version: '' }).trimEnd().split('\n')
}

t.test('a report is a screen, whatever there is to say, and --verbose unfolds it', async (t) => {
  const rows = Array.from({ length: 40 }, (_, at) => row(at))
  const findings = [...found('error', 3), ...found('warning', 12), ...found('note', 9)]
  const lines = linesOf({ rows, findings })
  t.ok(lines.length <= 40, `${lines.length} lines`)
  for (const at of [0, 1, 2])
    t.ok(
      lines.some((line) => line.endsWith(`error number ${at}`)),
      'each error is told',
    )
  t.equal(lines.filter((line) => line.startsWith('        what to do: ')).length <= 1, true, 'a remedy is told once')
  t.ok(lines.some((line) => /^and \d+ further findings: --verbose$/.test(line)))
  t.ok(lines.some((line) => /^and \d+ further rows: --verbose$/.test(line)))
  const unfolded = linesOf({ rows, findings }, true)
  t.equal(unfolded.filter((line) => / number \d+$/.test(line)).length, findings.length)
  t.equal(unfolded.filter((line) => line.includes('UID ')).length, rows.length)
})

t.test('what fits is told whole', async (t) => {
  const lines = linesOf({ rows: [row(0)], findings: found('warning', 2) })
  t.notOk(lines.some((line) => line.includes('--verbose')))
  t.equal(lines.filter((line) => line === '        line 1, nat: -A OUTPUT').length, 2)
  const many = linesOf({ rows: Array.from({ length: 18 }, (_, at) => row(at)) })
  t.equal(many.filter((line) => line.includes('UID ')).length, 18)
})
