import { hosts, isListener, type ListenerName, type Receiver, type Station, ends } from '../flow/verdict.ts'
import { isCapturing } from '../flow/listener.ts'
import { findMesh } from '../mesh/index.ts'
import type { MeshPromise } from '../mesh/mesh.ts'
import type { Profile } from '../mesh/profile.ts'
import { nearestName } from '../input/nearest-name.ts'
import { shown } from '../input/fields.ts'
import type { ExpectedFlow, Location } from './scenario.ts'

/** What flows expect of listeners that a mesh has in no release: they could never be met. */
export function listenerProblems(mesh: string, flows: readonly ExpectedFlow[]): ListenerProblem[] {
  const { title, names } = findMesh(mesh)
  return unmetNames(title, names, flows)
}

/** The same of listeners that a mesh does not have in this release, or not under the config of the flows' scenario. */
export function absentListeners(
  { mesh, release, listeners }: Profile,
  flows: readonly ExpectedFlow[],
): ListenerProblem[] {
  const all = findMesh(mesh)
  const names = (isCaught: boolean): string[] => [
    ...new Set(listeners.filter((listener) => isCapturing(listener) === isCaught).map(({ name }) => name)),
  ]
  const own = { listeners: names(true), ports: names(false) }
  const inAnother = listenerProblems(mesh, flows)
  return unmetNames(`${all.title} ${release}`.trimEnd(), own, flows)
    .filter(({ name, at }) => !inAnother.some((other) => other.name === name && other.at === at))
    .map((problem) => ({ ...problem, what: `${problem.what} under this config` }))
}

interface ListenerProblem {
  name: string
  what: string
  hint: string
  at: Location
}

function unmetNames(title: string, names: MeshPromise['names'], flows: readonly ExpectedFlow[]): ListenerProblem[] {
  const known: readonly Station[] = [
    ...names.listeners,
    ...hosts,
    ...ends,
    ...[...names.listeners, ...names.ports].map(ownPort),
  ]
  return flows.flatMap(({ expected, location }) =>
    namedIn(expected)
      .filter((name) => !known.includes(name))
      .map((name) => {
        const among = isListener(name) ? names.listeners : known
        const nearest = nearestName(name, among) ?? `one of ${among.join(', ')}`
        return { name, what: `${title} has no listener ${shown(name)}`, hint: `write ${nearest}`, at: location }
      }),
  )
}

const ownPort = (name: ListenerName): Receiver => `envoy-${name}`

function namedIn(expected: ExpectedFlow['expected']): readonly Station[] {
  const then = 'then' in expected ? (expected.then ?? []) : []
  if ('listener' in expected) return [expected.listener, ...then]
  return expected.verdict === 'direct' && expected.answeredBy !== undefined ? [expected.answeredBy] : then
}
