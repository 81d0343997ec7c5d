import t from 'tap'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import type { Loader } from '../../harness/iptables/words/loader.ts'
import { lower } from '../../harness/iptables/ruleset/lower.ts'
import type { Base, Ruleset } from '../../harness/netfilter/ruleset.ts'
import { shareStations, stationsAt } from '../../harness/netfilter/stations.ts'

const payload = ['filter', 'security', 'nat', 'raw', 'mangle'].map((table) => `*${table}\nCOMMIT\n`).join('')
const everyTable = (loader: Loader): Ruleset =>
  lower(loadRules([{ form: 'restore', family: 'ipv4', payload }], 'ipv4').tree, loader)

const met = (hook: Base['hook'], ruleset: Ruleset): string[] =>
  stationsAt(hook, ruleset).flatMap((station) =>
    station.does === 'rules'
      ? [station.table]
      : station.does === 'nat'
        ? [`nat of the ${station.side}`, ...station.chains.map(({ table }) => table)]
        : [station.does],
  )

t.test('tables are met in the order of their priorities, whatever order they were loaded in', async (t) => {
  const legacy = everyTable({ backend: 'legacy' })
  t.same(met('PREROUTING', legacy), ['raw', 'conntrack', 'mangle', 'nat of the destination', 'nat'])
  t.same(met('INPUT', legacy), ['mangle', 'filter', 'security', 'nat of the source', 'nat'])
  t.same(met('FORWARD', legacy), ['mangle', 'filter', 'security'])
  t.same(met('OUTPUT', legacy), ['raw', 'conntrack', 'mangle', 'nat of the destination', 'nat', 'filter', 'security'])
  t.same(met('POSTROUTING', legacy), ['mangle', 'nat of the source', 'nat'])
})

t.test('iptables-nft has security behind nat at INPUT', async (t) => {
  t.same(met('INPUT', everyTable({ backend: 'nft' })), ['mangle', 'filter', 'nat of the source', 'nat', 'security'])
  const unsaid = everyTable({}).tables.get('security')?.chains.get('INPUT')?.base
  t.match(unsaid, { priority: 50, elsewhere: 150 }, 'who loads it is not known')
})

t.test('chains of several tables on one hook, and several of nat, each by its own priority', async (t) => {
  const chain = (name: string, base: Partial<Base> & Pick<Base, 'priority'>) =>
    [name, { name, base: { type: 'filter', hook: 'OUTPUT', policy: 'accept', ...base }, rules: [] }] as const
  const inet: Ruleset = {
    family: 'ipv4',
    tables: new Map([
      [
        'mesh',
        {
          name: 'mesh',
          chains: new Map([chain('late', { priority: 200 }), chain('second', { type: 'nat', priority: 5 })]),
        },
      ],
      [
        'other',
        {
          name: 'other',
          chains: new Map([chain('early', { priority: -250 }), chain('first', { type: 'nat', priority: -300 })]),
        },
      ],
    ]),
  }
  t.same(met('OUTPUT', inet), ['other', 'conntrack', 'nat of the destination', 'other', 'mesh', 'mesh'])
})

t.test('stations are shared with rules that differ in one table', async (t) => {
  const whole = everyTable({ backend: 'nft' })
  const before = stationsAt('OUTPUT', whole)
  const nat = whole.tables.get('nat')
  if (nat === undefined) throw new Error('no table nat')
  const chains = new Map([...nat.chains].map(([name, chain]) => [name, { ...chain, rules: [] }]))
  const own: Ruleset = { ...whole, tables: new Map(whole.tables).set('nat', { ...nat, chains }) }
  shareStations(own, whole, 'nat')
  t.same(stationsAt('OUTPUT', own), before)
  const asked = stationsAt('OUTPUT', own).flatMap((station) => (station.does === 'nat' ? station.chains : []))
  t.ok(asked.length > 0 && asked.every((base) => base.chains === chains && base.chain === chains.get('OUTPUT')))
  t.same(stationsAt('POSTROUTING', own), stationsAt('POSTROUTING', whole), 'what was not asked for before is found')
})
