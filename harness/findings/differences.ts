import type { Backend } from '../flow/backend.ts'
import type { Applied } from '../flow/ruleset.ts'
import type { Observed } from '../flow/verdict.ts'
import type { Check, CheckResult } from '../run/checks/check.ts'

/** Where a check ran: an environment and a backend in it. */
export interface Place {
  environment: string
  backend: Backend
}

/** What happened to a check's rules or flow, whatever its scenario expects. */
export type Behaviour =
  | { applied: Pick<Extract<Applied, { ok: false }>, 'ok' | 'line' | 'leaves'> | { ok: true } }
  | { observed: Observed }

/** The same check does one thing in some places and another in others. */
export interface Difference {
  kind: 'difference'
  /** The check's id without its backend and image; for rules that only some accept, as far as the scenario. */
  id: string
  /** One of the checks. */
  check: Check
  /** Each with where it was seen; with `--repeat` one place may show several. */
  behaviours: { behaviour: Behaviour; places: Place[] }[]
}

interface Seen {
  check: Check
  /** By place, then by how they look as text. */
  places: Map<string, { place: Place; behaviours: Map<string, Behaviour> }>
}

/** Collects results as they come, and tells which checks iptables versions, backends or sandboxes disagree on. */
export class Differences {
  readonly #seen = new Map<string, Seen>()

  /** A check without a behaviour, such as one whose probe could not run, says nothing. */
  add({ check, rules, observed, environment }: CheckResult): void {
    const { applied } = rules
    const place = { environment, backend: check.backend }
    if (applied !== undefined && applied !== 'none')
      this.#keep(scenarioId(check), check, place, { applied: accepted(applied) })
    if (observed !== undefined) this.#keep(flowId(check), check, place, { observed: withoutNotes(observed) })
  }

  /** @returns one for each check, or rules, that did not do the same everywhere, in the order of their ids. */
  findings(): Difference[] {
    return [...this.#seen]
      .flatMap(([id, { check, places }]) => {
        const all = [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, seen]) => seen)
        const distinct = new Set(all.map(({ behaviours }) => [...behaviours.keys()].sort().join('\n')))
        return distinct.size < 2 ? [] : [{ kind: 'difference' as const, id, check, behaviours: byBehaviour(all) }]
      })
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  #keep(id: string, check: Check, place: Place, behaviour: Behaviour): void {
    const seen = this.#seen.get(id) ?? { check, places: new Map() }
    this.#seen.set(id, seen)
    const key = `${place.environment} ${place.backend}`
    const there = seen.places.get(key) ?? { place, behaviours: new Map() }
    seen.places.set(key, there)
    there.behaviours.set(JSON.stringify(behaviour), behaviour)
  }
}

function byBehaviour(
  all: readonly { place: Place; behaviours: ReadonlyMap<string, Behaviour> }[],
): Difference['behaviours'] {
  const groups = new Map<string, Difference['behaviours'][number]>()
  for (const { place, behaviours } of all) {
    for (const [key, behaviour] of behaviours) {
      const group = groups.get(key) ?? { behaviour, places: [] }
      groups.set(key, group)
      group.places.push(place)
    }
  }
  return [...groups.values()]
}

/** Each version words its rejection differently. */
function accepted(applied: Applied): Extract<Behaviour, { applied: unknown }>['applied'] {
  return applied.ok ? { ok: true } : { ok: false, line: applied.line, leaves: applied.leaves }
}

function withoutNotes({ notes: _, ...observed }: Observed): Observed {
  return observed
}

/** `MESH/FILE/SCENARIO/FLOW/FAMILY` */
function flowId({ id, backend, family }: Check): string {
  return `${id.slice(0, id.lastIndexOf(`/${backend}/${family}`))}/${family}`
}

/** `MESH/FILE/SCENARIO` */
function scenarioId({ id }: Check): string {
  return id.split('/').slice(0, 3).join('/')
}
