import { hosts, isListener, type ListenerName, type Receiver, type Station, ends } from '../flow/verdict.ts'
import { findMesh } from '../mesh/index.ts'
import { nearestName } from '../input/nearest-name.ts'
import { shown } from '../input/fields.ts'
import type { ExpectedFlow, Location } from './scenario.ts'

/** What flows expect of listeners that a mesh has in no release: they could never be met. */
export function listenerProblems(mesh: string, flows: readonly ExpectedFlow[]): { what: string; hint?: string; at: Location }[] {
  const { title, names } = findMesh(mesh)
  const known: readonly Station[] = [...names.listeners, ...hosts, ...ends, ...[...names.listeners, ...names.ports].map(ownPort)]
  return flows.flatMap(({ expected, location }) =>
    namedIn(expected)
      .filter((name) => !known.includes(name))
      .map((name) => {
        const among = isListener(name) ? names.listeners : known
        const nearest = nearestName(name, among) ?? `one of ${among.join(', ')}`
        return { what: `${title} has no listener ${shown(name)}`, hint: `write ${nearest}`, at: location }
      }),
  )
}

const ownPort = (name: ListenerName): Receiver => `envoy-${name}`

function namedIn(expected: ExpectedFlow['expected']): readonly Station[] {
  const then = 'then' in expected ? (expected.then ?? []) : []
  if ('listener' in expected) return [expected.listener, ...then]
  return expected.verdict === 'direct' && expected.answeredBy !== undefined ? [expected.answeredBy] : then
}
