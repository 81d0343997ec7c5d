import { coldStart } from './cold-start.ts'
import { podReady } from './pod-ready.ts'
import { checksPerSecond } from './checks-per-second.ts'
import { wholeSuite } from './whole-suite.ts'
import { median } from './median.ts'

/** Prints one JSON line a measure: what, its unit, the median of all runs, and every run. Nothing is judged here. */
const runs = Number(process.argv[2] ?? 5)

const measures = [
  { name: 'cold start to first verdict', unit: 'ms', measure: coldStart },
  { name: 'pod ready, new, amortised', unit: 'ms', measure: () => podReady('new') },
  { name: 'pod ready, used again, amortised', unit: 'ms', measure: () => podReady('used again') },
  { name: 'TCP checks a second, end to end', unit: '1/s', measure: checksPerSecond },
  { name: 'whole suite', unit: 'ms', measure: wholeSuite },
]

for (const { name, unit, measure } of measures) {
  const values: number[] = []
  for (let run = 0; run < runs; run += 1) values.push(Math.round((await measure()) * 10) / 10)
  console.log(JSON.stringify({ name, unit, median: median(values), runs: values }))
}
