import t, { type Test } from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { use } from '../helpers/use.ts'
import { eraFFaults } from './era-f-faults.ts'
import type { Fault, HarmlessFault, Promised } from './fault.ts'
import { changedSource, inject } from './faulty-source.ts'
import { harmlessFaults } from './harmless-faults.ts'
import { inboundFaults } from './inbound-faults.ts'
import { listFaults } from './list-faults.ts'
import { outboundFaults } from './outbound-faults.ts'
import { becomes, find, inWords, runSuite, textFor } from './suite.ts'

const sandbox = use(t, await NamespaceSandbox.create())

const faults: Readonly<Record<string, readonly Fault[]>> = {
  '1.2': [...inboundFaults, ...outboundFaults, ...listFaults],
  '0.11': eraFFaults,
}

const sourceOf = (release: string, { rule, fault, edit }: Fault | HarmlessFault) =>
  changedSource(`osm@${release} with a fault: ${rule}: ${fault}`, release, (text) => inject(text, rule, edit))

const unique = (promises: readonly Promised[]) => [
  ...new Map(promises.map((promised) => [find(promised), promised])).values(),
]

const asItIs = (release: string) => changedSource(`osm@${release} as it is`, release, (text) => text)

for (const [release, table] of Object.entries(faults)) {
  t.test(`osm@${release} without a fault keeps every promise that a fault breaks`, async (t) => {
    const results = await runSuite(sandbox, {
      release,
      source: asItIs(release),
      promised: unique(table.map(({ promised }) => promised)),
    })
    t.same(results.filter(({ status }) => status !== 'passed').map(inWords), [])
  })

  inParallel(`a fault in osm@${release} is caught`, table, async (t, fault) => {
    const { promised, flow } = fault
    const results = await runSuite(sandbox, { release, source: sourceOf(release, fault), promised: [promised], flow })
    t.same(
      results.map((result) => [result.check.backend, result.status, becomes(result)]).sort(),
      [...backends].sort().map((backend) => [backend, 'failed', fault.becomes]),
      `${promised.file}: ${promised.title}: ${flow}`,
    )
  })
}

inParallel('a fault that changes no behaviour is none', harmlessFaults, async (t, fault) => {
  const source = sourceOf('1.2', fault)
  for (const scenario of fault.unchanged.map(find))
    t.not(await textFor(scenario, source), await textFor(scenario, asItIs('1.2')), scenario.title)
  const results = await runSuite(sandbox, { release: '1.2', source, promised: fault.unchanged })
  t.same(results.filter(({ status }) => status !== 'passed').map(inWords), [], fault.why)
})

/** A test for each row of a table; the runs are all started at once and take their turns. */
function inParallel<Row extends { rule: string; fault: string }>(
  title: string,
  rows: readonly Row[],
  check: (t: Test, row: Row) => Promise<void>,
): void {
  t.test(title, { jobs: 8 }, async (t) => {
    for (const row of rows) t.test(`${row.rule}: ${row.fault}`, { buffered: true }, (t) => check(t, row))
  })
}
