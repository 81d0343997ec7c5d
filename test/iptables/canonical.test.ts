import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { families } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { printTree } from '../../harness/iptables/syntax/print.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'
import { findBuilder } from '../../harness/mesh/index.ts'
import { loadScenarios } from '../helpers/load-scenarios.ts'
import { randomRun } from '../helpers/random-run.ts'
import { randomText } from './random-text.ts'
import { loadForReal } from './real.ts'
import { asPrintedHere, iptablesVersion } from './versions.ts'

const { cases, seed } = randomRun('SIDETRACK_RULES', 40)

/** Tables stand in no particular order in what iptables-save prints. */
const byTable = (text: string): string[] => text.split(/(?<=^COMMIT\n)/m).sort()
const canonical = (text: RuleText): string => {
  const { tree, failed } = loadRules([text], text.family)
  return failed?.line ?? printTree(tree)
}

function isCanonical(t: Test, texts: readonly RuleText[]): void {
  for (const backend of backends) {
    const real = loadForReal(texts, backend)
    const different = texts.flatMap((text, index) => {
      const [mine, theirs] = [
        byTable(asPrintedHere(canonical(text), backend, text.form === 'restore' ? text.payload : '')),
        byTable(real[index] ?? ''),
      ]
      return JSON.stringify(mine) === JSON.stringify(theirs) ? [] : [{ text, mine, theirs }]
    })
    t.same(different.slice(0, 3), [], `${texts.length} rulesets as iptables-${backend}-save prints them`)
  }
}

t.test('every ruleset of the suite, in both eras', async (t) => {
  const texts = new Map<string, RuleText>()
  for (const { rules, mesh, rejected } of await loadScenarios(join(import.meta.dirname, '../../scenarios'))) {
    if (rejected !== undefined) continue
    for (const release of findBuilder(mesh).releases) {
      const text = rules.kind === 'text' ? rules.text : build(release, rules)
      const read = text === undefined ? undefined : readRules(text, { family: 'ipv4', podIPs: ['10.244.0.5'] })
      if (text !== undefined && read !== undefined) texts.set(text, read)
    }
  }
  t.ok(texts.size > 50, `${texts.size} rulesets`)
  isCanonical(t, [...texts.values()])

  function build(
    release: string,
    {
      config,
      podAnnotations,
    }: { config: Readonly<Record<string, unknown>>; podAnnotations: Readonly<Record<string, string>> },
  ) {
    try {
      return findBuilder('osm').build(release, {
        schema: 'sidetrack.config/1',
        mesh: 'osm',
        config,
        podAnnotations,
        podIPs: ['10.244.0.5'],
        family: 'ipv4',
      })
    } catch {
      // An option that this release does not have.
      return undefined
    }
  }
})

/** A rule for each way in which an option prints its value otherwise than it was written. */
const forms: readonly (readonly [table: string, rule: string])[] = [
  ['filter', '-m iprange --src-range 1.1.1.1'],
  ['filter', '-m iprange ! --dst-range 1.1.1.1-1.1.1.9 --src-range 10.1-10.2'],
  ['filter', '-m iprange --dst-range ::1-2001:0db8::1'],
  ['filter', '-m conntrack --ctdir reply --ctorigdst 10.1.2.3/16 ! --ctproto tcp'],
  ['filter', '-m conntrack --ctorigsrc 10.1.2.3 --ctreplsrc 10.1.2.3/16 --ctrepldst 10'],
  [
    'filter',
    '-m conntrack --ctproto 6 --ctorigsrcport 80 --ctorigdstport 80:90 ! --ctreplsrcport 1: --ctrepldstport :5',
  ],
  ['filter', '-m conntrack --ctorigsrc fd00::1 --ctreplsrc fd00::/64 --ctdir ORIGINAL'],
  ['nat', '-j NETMAP --to 10.1.2.3/16'],
  ['nat', '-j NETMAP --to 10.1.2.3'],
  ['nat', '-j NETMAP --to fd00::1/64'],
]

t.test('options print their values as the binaries do', async (t) => {
  isCanonical(
    t,
    forms.map(([table, rule]) => ({
      form: 'restore',
      family: rule.includes('::') ? 'ipv6' : 'ipv4',
      payload: `*${table}\n-A OUTPUT ${rule}\nCOMMIT\n`,
    })),
  )
})

for (const family of families) {
  t.test(`random ${family} rulesets (seed ${seed})`, async (t) =>
    isCanonical(t, fc.sample(randomText(family), { seed, numRuns: cases })),
  )
}

t.test(
  'where the two backends print the same meaning differently, the canonical form is that of iptables-legacy',
  async (t) => {
    const payload = '*filter\n-A OUTPUT -p tcp -m tcp ! --dport 0:5 -j DROP\nCOMMIT\n'
    const text: RuleText = { form: 'restore', family: 'ipv4', payload }
    t.equal(canonical(text), loadForReal([text], 'legacy')[0])
    const other = iptablesVersion('nft') < 1_008_009 ? '! --dport 0:5' : '--dport 6:65535'
    t.match(loadForReal([text], 'nft')[0], `-A OUTPUT -p tcp -m tcp ${other} -j DROP`)
  },
)

t.test('the canonical form is its own', async (t) => {
  for (const family of families)
    for (const text of fc.sample(randomText(family), { seed, numRuns: cases })) {
      const once = canonical(text)
      t.equal(canonical({ form: 'restore', family, payload: once }), once)
    }
})
