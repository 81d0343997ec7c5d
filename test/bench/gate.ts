import { performance } from 'node:perf_hooks'
import { sidetrack } from '../cli/command-line.ts'

/** Milliseconds in which two builders are gated over 50 configs on both backends, by witnesses alone. */
export async function gateBuilders(): Promise<number> {
  const started = performance.now()
  const call = [
    'gate',
    // What the older one has no option for, it makes no rules from: then there is nothing to compare.
    '--mesh',
    'osm@0.11',
    '--baseline',
    'osm@0.11',
    '--candidate',
    'osm@1.2',
    '--configs',
    'generated=50',
    '--flows',
    'witnesses',
  ]
  const { status, stderr } = sidetrack(call)
  // These two do not behave alike.
  if (status !== 1) throw new Error(`the gate has ended with ${status}: ${stderr}`)
  return performance.now() - started
}
