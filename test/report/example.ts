import type { MatchedRule } from '../../harness/flow/matched-rule.ts'
import type { RunEvent, RunListener } from '../../harness/run/schedule/events.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'
import type { Reporter, ReporterContext } from '../../harness/report/reporters/reporter.ts'
import type { Output } from '../../harness/report/writing/output.ts'
import { app, osm, scenario } from '../../harness/scenario/dsl.ts'

const app1000 = { uid: 1000, gid: 1000, groups: [] }
const proxy1500 = { uid: 1500, gid: 0, groups: [] }
const destination = { address: '203.0.113.10', port: 6379 }

const example = {
  ...scenario('excluded ports stay direct', {
    rules: osm({ outboundPortExclusionList: [6379] }),
    flows: [app.tcp('203.0.113.10:6379').isDirect()],
  }),
  location: { file: '/checkout/scenarios/osm/exclusions.ts', line: 5 },
}

const [first] = example.flows
if (first === undefined) throw new TypeError('the example has a flow')

export const context: ReporterContext = {
  color: false,
  path: (file) => file.replace('/checkout/', ''),
  program: 'npm run -s sidetrack --',
  carried: [],
  verbose: false,
}

export const passed: CheckResult = {
  check: {
    id: 'osm/exclusions/excluded ports stay direct/app-tcp-203.0.113.10:6379/nft/ipv4',
    scenario: example,
    location: { file: example.location.file, line: 8 },
    backend: 'nft',
    family: 'ipv4',
    flow: first.flow,
    credentials: app1000,
    expected: { verdict: 'direct' },
  },
  status: 'passed',
  rules: { source: 'osm@1.2', applied: { ok: true } },
  observed: {
    verdict: 'direct',
    answeredBy: 'peer',
    journey: [{ at: 'peer', local: destination, dialled: destination, identity: app1000 }],
  },
  environment: 'local',
  durationMs: 0.5,
}

export const failed: CheckResult = {
  ...passed,
  status: 'failed',
  reason: "expected direct, but the proxy's outbound listener got it",
  observed: {
    verdict: 'redirected',
    listener: 'outbound',
    originalDestination: destination,
    journey: [
      {
        at: 'outbound',
        local: { address: '127.0.0.1', port: 15001 },
        originalDestination: destination,
        dialled: destination,
        identity: app1000,
      },
      { at: 'peer', local: destination, dialled: destination, identity: proxy1500 },
    ],
  },
  parting: { at: 0, expected: [{ kind: 'owner', of: 'the destination' }] },
  evidence: {
    rules: '*nat\n  [3:180] -A OUTPUT -p tcp -m comment --comment "# it\'s" -j OSM_PROXY_OUTBOUND\nCOMMIT\n',
    conntrack: ['tcp 6 ESTABLISHED src=10.244.0.5 dst=203.0.113.10 sport=40000 dport=6379'],
  },
}

export const start: Extract<RunEvent, { type: 'start' }> = {
  type: 'start',
  startedAt: new Date('2026-01-02T03:04:05Z'),
  checks: 2,
  scenarios: 1,
  environments: [
    {
      id: 'local',
      kernel: '6.18',
      node: 'v24.21.0',
      sandbox: 'namespaces',
      image: null,
      rootless: true,
      iptables: { nft: '1.8.9', legacy: '1.8.9' },
    },
  ],
  command: ['run'],
  seed: 1,
}

export const end: Extract<RunEvent, { type: 'end' }> = {
  type: 'end',
  durationMs: 2512,
  interrupted: false,
  summary: { checks: 2, passed: 1, failed: 1, skipped: 0, errors: 0, leftOut: 0 },
}

/** The events of a run with these results. */
export function events(...results: CheckResult[]): RunEvent[] {
  return [start, ...results.map((result): RunEvent => ({ type: 'result', result })), end]
}

/** What a reporter writes when it hears these events. */
export function written(
  reporter: Reporter,
  heard: readonly RunEvent[],
  { isTTY, ...given }: Partial<ReporterContext> & { isTTY?: boolean } = {},
): string {
  let text = ''
  const output: Output = { write: (chunk) => (text += chunk), isTTY }
  const listen: RunListener = reporter(output, { ...context, ...given })
  for (const event of heard) listen(event)
  return text
}

/** A rule of nat that a flow met on its way out. */
export function natRule(number: number, text: string): MatchedRule {
  const [, chain = '', target = ''] = /^-A (\S+) (?:.* )?-j (\S+)/.exec(text) ?? []
  return { connection: 0, hook: 'OUTPUT', table: 'nat', chain, rule: number, text, target }
}

/** A rule that would have spared it. */
export const nearMisses: NonNullable<CheckResult['nearMisses']> = {
  rules: [
    {
      rule: natRule(3, '-A OUT -p tcp --dport 6380 -j RETURN'),
      asks: '--dport 6380',
      actual: '6379',
      end: { kind: 'received', at: 'peer', local: destination },
    },
  ],
  untried: 2,
}
