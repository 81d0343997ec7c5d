import type { RunEvent } from '../../harness/run/schedule/events.ts'
import type { Manner, Place, RunOptions, Selection } from '../../harness/run/checks/options.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'

/** What a test says of a run, in one object. */
export type Said = Partial<Selection & Manner> & { sandbox?: Sandbox; where?: Place[] }

/** Everything, once, under one backend, in one sandbox. */
export function options({
  sandbox,
  where,
  jobs,
  repeat,
  bail,
  keepEvidence,
  envoy,
  timeout,
  command,
  signal,
  ...what
}: Said): RunOptions {
  return {
    what: { scenarios: [], backends: ['nft'], ...what },
    where: where ?? (sandbox === undefined ? [nowhere] : [{ sandbox: Promise.resolve(sandbox) }]),
    how: {
      jobs: jobs ?? 2,
      repeat: repeat ?? 1,
      bail: bail ?? false,
      command: command ?? ['run'],
      ...(keepEvidence && { keepEvidence }),
      ...(envoy && { envoy }),
      ...(timeout !== undefined && { timeout }),
      signal: signal ?? new AbortController().signal,
    },
  }
}

/** For what is planned and not run. */
const nowhere: Place = { sandbox: new Promise(() => {}) }

/** A source that makes OSM's rules, but for what is put in its place. */
export function source(rest: Partial<RuleSource> = {}): RuleSource {
  return { id: 'exec:builder', kind: 'builder', rules: async () => undefined, text: async () => '', ...rest }
}

export const osmProfile = (release = '1.2') => findMesh('osm').profile(release)

/** Keeps what a run tells. */
export class Heard {
  readonly events: RunEvent[] = []
  readonly listen = (event: RunEvent): void => void this.events.push(event)

  get results() {
    return this.events.flatMap((event) => (event.type === 'result' ? [event.result] : []))
  }

  get end() {
    return this.events.find((event) => event.type === 'end')
  }
}
