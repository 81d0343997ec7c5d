import type { RunEvent } from '../../harness/run/events.ts'
import type { RunOptions } from '../../harness/run/options.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import type { RuleSource } from '../../harness/source/source.ts'

/** Everything, once, under one backend. */
export function options(rest: Partial<RunOptions> & Pick<RunOptions, 'scenarios'>): RunOptions {
  return { backends: ['nft'], jobs: 2, repeat: 1, bail: false, command: ['run'], signal: new AbortController().signal, ...rest }
}

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
