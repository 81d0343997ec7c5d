import { coldStart } from './cold-start.ts'
import { podReady } from './pod-ready.ts'
import { checksPerSecond } from './checks-per-second.ts'
import { noCompiler, shareOfFloor } from './floor.ts'
import { tenThousandFlows } from './many-flows.ts'
import { wholeSuite } from './whole-suite.ts'
import { engineWith } from '../sandbox/engine.ts'
import { gateBuilders, gateReleases, gateToSuite } from './gate.ts'
import { median } from './median.ts'
import { savedKinds, savedToVerdict } from './saved.ts'

/** Prints one JSON line a measure: what, its unit, the median of all runs, and every run. Nothing is judged here. */
const runs = Number(process.argv[2] ?? 5)

const measures = [
  { name: 'cold start to first verdict', unit: 'ms', measure: () => coldStart() },
  { name: 'pod ready, new, amortised', unit: 'ms', measure: () => podReady('new') },
  { name: 'pod ready, used again, amortised', unit: 'ms', measure: () => podReady('used again') },
  { name: 'TCP checks a second, end to end', unit: '1/s', measure: checksPerSecond },
  ...(noCompiler === undefined
    ? [
        {
          name: 'TCP checks a second, to connections a second of one thread in C',
          unit: 'ratio',
          measure: shareOfFloor,
        },
      ]
    : []),
  { name: '10,000 flows in one pod', unit: 'ms', measure: tenThousandFlows },
  { name: 'whole suite', unit: 'ms', measure: () => wholeSuite() },
  ...(['osm', 'istio'] as const).flatMap((mesh) =>
    savedKinds.map((kind) => ({
      name: `a saved ${kind} to its verdict, ${mesh}`,
      unit: 'ms',
      measure: () => savedToVerdict(mesh, kind),
    })),
  ),
  { name: 'two builders gated over 50 configs', unit: 'ms', measure: gateBuilders },
  { name: 'two releases of Istio gated over 50 configs', unit: 'ms', measure: gateReleases },
  { name: "two builders gated by suite and witnesses, to the mesh's suite", unit: 'ratio', measure: gateToSuite },
]

/** In a container of Debian 12; the first run prepares the image, and is not measured. */
const container = ['--sandbox', 'container']
const inContainer = [
  { name: 'first verdict in a warm container', unit: 'ms', measure: () => coldStart(container) },
  { name: 'whole suite in a container', unit: 'ms', measure: () => wholeSuite(container) },
  {
    name: 'whole suite, container to namespaces',
    unit: 'ratio',
    measure: async () => (await wholeSuite(container)) / (await wholeSuite()),
  },
]
if (noCompiler !== undefined) console.log(JSON.stringify({ name: 'one thread in C', skipped: noCompiler }))
const engine = await engineWith(['bookworm'])
if (typeof engine === 'string')
  for (const { name } of inContainer) console.log(JSON.stringify({ name, skipped: engine }))
else {
  await coldStart(container)
  measures.push(...inContainer)
}

for (const { name, unit, measure } of measures) {
  const values: number[] = []
  for (let run = 0; run < runs; run += 1) values.push(Math.round((await measure()) * 1000) / 1000)
  console.log(JSON.stringify({ name, unit, median: median(values), runs: values }))
}
