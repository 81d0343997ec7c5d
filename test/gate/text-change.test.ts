import t from 'tap'
import { families } from '../../harness/core/address.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { decidingRule } from '../../harness/flow/matched-rule.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { causeKey, noCause, textLines } from '../../harness/gate/changes/cause.ts'
import { onSides } from '../../harness/gate/compared/sides.ts'
import { textChange } from '../../harness/gate/changes/text-change/text-change.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import { predictedRules } from '../../harness/run/predict/decided-by.ts'
import { loadPodRules, loadText } from '../../harness/run/predict/loaded-rules.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { predictFlows } from '../../harness/run/predict/predict-pod.ts'
import { planWitnesses } from '../../harness/run/witnesses/plan-witnesses.ts'

/** What of a text made a flow go another way, by the model's own steps: one row for each kind of change. */

const profile = { ...findMesh('osm').profile('1.2'), families }
const addresses = PodAddresses.of({ interfaces: [], inner: false, services: [], closed: [], podIPs: families })
const credentials = { uid: 1000, gid: 1000, groups: [] }
const flow: ConcreteFlow = {
  credentials,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: { address: '203.0.113.10', port: 80 },
}

/** Rules of nat, each on a line of its own: the first one is line 5. */
const text = (...rules: readonly string[]): string =>
  ['*nat', ':OUT - [0:0]', ':RED - [0:0]', '-A RED -p tcp -j REDIRECT --to-ports 15001', ...rules, 'COMMIT', ''].join(
    '\n',
  )

function change(before: string, after: string) {
  const texts = [before, after].map((payload): RuleText[] =>
    payload === '' ? [] : [{ form: 'restore', family: 'ipv4', payload }],
  )
  const plan = planWitnesses({ flows: [flow], worlds: texts, profile, addresses, backend: 'nft' })
  const sides = onSides((side) => {
    const world = plan.worlds[side === 'baseline' ? 0 : 1]
    if (world === undefined) throw new Error('a plan for two worlds')
    const loaded = loadPodRules(world, { ok: true })
    if ('unread' in loaded) throw new Error(loaded.unread)
    const [prediction] = predictFlows(world, loaded)
    if (prediction === undefined || 'unknown' in prediction) throw new Error(prediction?.unknown)
    return {
      ruleset: loaded.rulesets.ipv4,
      matched: predictedRules(prediction).filter((rule) => rule.connection === 0),
    }
  })
  return textChange(
    onSides((side) => ({ matched: sides[side].matched, deciding: decidingRule(sides[side].matched) })),
    onSides((side) => sides[side].ruleset),
  )
}

/** The diff with the lines' numbers. */
const told = (before: string, after: string): string[] => {
  const found = change(before, after)
  return [
    ...found.lines.map((line) => `${line.line ?? ''}${textLines({ lines: [line], notes: [] }).join('')}`),
    ...found.notes,
  ]
}

const [jump, spare, redirect] = ['-A OUTPUT -j OUT', '-A OUT -d 203.0.113.0/24 -j RETURN', '-A OUT -j RED']
const ordinary = text(jump, spare, redirect)

const kinds: readonly [title: string, before: string, after: string, told: readonly string[]][] = [
  [
    'a rule gains a condition that does not match',
    ordinary,
    text(jump, '-A OUT -d 203.0.113.0/24 -p udp -j RETURN', redirect),
    ['6- nat -A OUT -d 203.0.113.0/24 -j RETURN', '6+ nat -A OUT -d 203.0.113.0/24 -p udp -j RETURN'],
  ],
  [
    'a rule loses a condition',
    text(jump, '-A OUT -d 203.0.113.0/24 -p udp -j RETURN', redirect),
    ordinary,
    ['6- nat -A OUT -d 203.0.113.0/24 -p udp -j RETURN', '6+ nat -A OUT -d 203.0.113.0/24 -j RETURN'],
  ],
  [
    'another value',
    ordinary,
    text(jump, '-A OUT -d 203.0.113.0/28 -p tcp --dport 81 -j RETURN', redirect),
    ['6- nat -A OUT -d 203.0.113.0/24 -j RETURN', '6+ nat -A OUT -d 203.0.113.0/28 -p tcp -m tcp --dport 81 -j RETURN'],
  ],
  [
    'a rule moves behind another one',
    ordinary,
    text(jump, redirect, spare),
    ['6- nat -A OUT -d 203.0.113.0/24 -j RETURN', '7+ nat -A OUT -d 203.0.113.0/24 -j RETURN'],
  ],
  [
    'a rule is deleted, and another one that is alike has changed',
    text(jump, spare, '-A OUT -d 198.51.100.0/24 -j RETURN', redirect),
    text(jump, '-A OUT -d 198.51.100.0/25 -j RETURN', redirect),
    ['6- nat -A OUT -d 203.0.113.0/24 -j RETURN'],
  ],
  ['a rule is deleted', ordinary, text(jump, redirect), ['6- nat -A OUT -d 203.0.113.0/24 -j RETURN']],
  [
    'a rule is inserted before',
    ordinary,
    text(jump, '-A OUT -p tcp -j RED', spare, redirect),
    ['6+ nat -A OUT -p tcp -j RED'],
  ],
  ['a jump is gone', text(jump, redirect), text(redirect), ['5- nat -A OUTPUT -j OUT']],
  [
    'a jump has other conditions, and what it leads to has changed',
    ordinary,
    text('-A OUTPUT -p tcp -j OUT', redirect),
    ['6- nat -A OUT -d 203.0.113.0/24 -j RETURN'],
  ],
  [
    'a chain is renamed, and a rule of it changed',
    text(jump, spare, '-A OUT -d 198.51.100.0/24 -j RETURN', redirect),
    text(jump, '-A OUT -d 198.51.100.0/24 -j RETURN', redirect)
      .replaceAll('OUT ', 'MINE ')
      .replace('-j OUT\n', '-j MINE\n'),
    ['6- nat -A OUT -d 203.0.113.0/24 -j RETURN', 'nat OUT is called MINE now'],
  ],
  [
    'another port, in a chain that both sides call otherwise',
    text(jump, redirect),
    text(jump, redirect)
      .replaceAll('RED', 'ELSE')
      .replace('-j ELSEIRECT --to-ports 15001', '-j REDIRECT --to-ports 15003'),
    [
      '4- nat -A RED -p tcp -j REDIRECT --to-ports 15001',
      '4+ nat -A ELSE -p tcp -j REDIRECT --to-ports 15003',
      'nat RED is called ELSE now',
    ],
  ],
  [
    'a policy',
    `*filter\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n${ordinary}`,
    `*filter\n:OUTPUT DROP [0:0]\nCOMMIT\n${ordinary}`,
    ['- filter :OUTPUT ACCEPT', '+ filter :OUTPUT DROP'],
  ],
  [
    'a table is missing',
    text(jump, redirect),
    '*mangle\n-A OUTPUT -j MARK --set-mark 0x1\nCOMMIT\n',
    [
      '5- nat -A OUTPUT -j OUT',
      '2+ mangle -A OUTPUT -j MARK --set-xmark 0x1/0xffffffff',
      'the baseline has no table mangle',
      'the candidate has no table nat',
    ],
  ],
  [
    'a family is missing',
    text(jump, redirect),
    '',
    ['4- nat -A RED -p tcp -j REDIRECT --to-ports 15001', 'the candidate has no ipv4 rules'],
  ],
]

for (const [title, before, after, expected] of kinds) t.test(title, async (t) => t.same(told(before, after), expected))

t.test('chains of another name stand in no other order, where nobody knows which rules a flow matched', async (t) => {
  const ways = onSides(() => ({ matched: [], deciding: undefined }))
  const rules = ['-A OUTPUT -j OUT', '-A OUT -p udp -j ACCEPT', '-A OUT -p tcp -j RED']
  const notesOf = (after: readonly string[]): readonly string[] => {
    const texts = { baseline: text(...rules), candidate: text(...after).replace(/\bOUT\b/g, 'MY_OUT') }
    const ruleset = (payload: string) => loadText({ form: 'restore', family: 'ipv4', payload }).ruleset
    return textChange(
      ways,
      onSides((side) => ruleset(texts[side])),
    ).notes
  }
  t.same(notesOf(rules), [])
  t.same(notesOf([rules[0] ?? '', rules[2] ?? '', rules[1] ?? '']), ['the rules of nat OUT stand in another order'])
})

t.test('configs and families with other values in the same rules have one cause, other rules have not', async (t) => {
  const key = (rule: string): string =>
    causeKey({ ...noCause, text: change(text(jump, rule, redirect), text(jump, redirect)) })
  t.equal(key('-A OUT -d 203.0.113.0/24 -j RETURN'), key('-A OUT -d 203.0.113.8/29 -j RETURN'))
  t.equal(key('-A OUT -p tcp --dport 80 -j RETURN'), key('-A OUT -p tcp --dport 70:90 -j RETURN'))
  t.not(key('-A OUT -p tcp --dport 80 -j RETURN'), key('-A OUT -p tcp -j RETURN'))
})
