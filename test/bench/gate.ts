import { performance } from 'node:perf_hooks'
import { sidetrack } from '../cli/command-line.ts'
import { wholeSuite } from './whole-suite.ts'

/** Milliseconds in which two builders are gated over 50 configs on both backends, by witnesses alone. */
export async function gateBuilders(): Promise<number> {
  return gated([
    // What the older one has no option for, it makes no rules from: then there is nothing to compare.
    ...['--mesh', 'osm@0.11', '--baseline', 'osm@0.11', '--candidate', 'osm@1.2'],
    ...['--configs', 'generated=50', '--flows', 'witnesses'],
  ])
}

/** The same of two releases of Istio that are years apart. */
export async function gateReleases(): Promise<number> {
  return gated([
    ...['--mesh', 'istio@1.17', '--baseline', 'istio@1.17', '--candidate', 'istio@1.31'],
    ...['--configs', 'generated=50', '--flows', 'witnesses'],
  ])
}

/** How many times as long as the suite of a mesh it takes to gate two builders of it by suite and witnesses. */
export async function gateToSuite(): Promise<number> {
  const suite = await wholeSuite(['--mesh', 'osm'])
  return gated(['--mesh', 'osm', '--baseline', 'osm@1.0', '--candidate', 'osm@1.2']) / suite
}

/** Milliseconds that a call of `gate` takes whose sides do not behave alike. */
function gated(options: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = sidetrack(['gate', ...options])
  if (status !== 1) throw new Error(`the gate has ended with ${status}: ${stderr}`)
  return performance.now() - started
}
