import * as v from 'valibot'
import { familyOf } from '../core/address.ts'
import { inputError, inputIssues } from '../core/errors.ts'
import { once } from '../core/lazy.ts'
import { parseJson } from '../core/plain-data.ts'
import { captured, namePattern } from '../flow/listener.ts'
import { noRouting } from '../flow/policy-routing.ts'
import { id, object, port, problemsOf, shown, whole, word, words } from '../input/fields.ts'
import { ends, hosts } from '../flow/verdict.ts'
import type { MeshPromise } from './mesh.ts'
import type { Profile } from './profile.ts'

/** Makes an object of entries: one that tells which names are near a wrong one, or one that JSON Schema can say. */
type MakeObject = <T extends v.ObjectEntries>(entries: T) => v.StrictObjectSchema<T, undefined>

const table = whole(1, 0xffff_ffff)
const family = words(['ipv4', 'ipv6'])
const named = (names: readonly string[]) =>
  !names.some((name) => [...hosts, ...ends].some((taken) => taken === name) || name.startsWith('envoy-'))
const listenerName = v.pipe(
  v.string(),
  v.regex(
    namePattern,
    ({ input }) => `${shown(input)} is no name; it is made of lower-case letters, digits and '-', and has 20 at most`,
  ),
  v.check(
    (name) => named([name]),
    ({ input }) => `${shown(input)} stands for something else in a journey`,
  ),
)
const address = v.pipe(
  v.string(),
  v.check(
    (text) => familyOf(text) !== undefined,
    ({ input }) => `${shown(input)} is not an IP address`,
  ),
)

const listenedOn = v.pipe(
  v.string(),
  v.check(
    (text) => text === 'any' || text === 'loopback' || familyOf(text) !== undefined,
    ({ input }) => `${shown(input)} is neither any, loopback nor an IP address`,
  ),
)

/** A mesh of one's own as `sidetrack.mesh/1` has it. */
const describe = (make: MakeObject) => {
  const listener = make({
    name: listenerName,
    port,
    protocol: v.optional(words(['tcp', 'udp']), 'tcp'),
    on: v.optional(listenedOn, 'any'),
    captures: v.exactOptional(words(captured)),
    transparent: v.exactOptional(v.literal(true)),
    speaks: words(['relay', 'http', 'admin', 'dns']),
  })
  const configured = words(['outbound', 'inbound', 'dns'])
  const routing = {
    rules: v.array(
      make({
        family,
        priority: v.exactOptional(table),
        fwmark: v.exactOptional(whole(0, 0xffff_ffff)),
        mask: v.exactOptional(whole(0, 0xffff_ffff)),
        iif: v.exactOptional(v.string()),
        table,
      }),
    ),
    routes: v.array(
      make({
        family,
        table,
        destination: v.string(),
        type: words(['local', 'unicast']),
        dev: v.string(),
        via: v.exactOptional(address),
      }),
    ),
    loopbackAddresses: v.array(address),
  }
  return make({
    $schema: v.exactOptional(v.string()),
    schema: v.exactOptional(word('sidetrack.mesh/1')),
    name: v.pipe(
      v.string(),
      v.regex(namePattern, ({ input }) => `${shown(input)} is no name of a mesh, such as my-mesh`),
    ),
    title: v.exactOptional(v.string()),
    chains: v.optional(v.array(v.pipe(v.string(), v.minLength(1, 'is empty'))), []),
    proxy: make({ uid: id, gid: id, groups: v.optional(v.array(id), []) }),
    spares: v.exactOptional(make({ uids: v.array(id), gids: v.array(id) })),
    listeners: v.array(listener),
    families: v.pipe(v.array(family), v.minLength(1, 'names no family')),
    dialsOn: v.exactOptional(
      make({
        inbound: v.union([
          word('loopback'),
          make({ from: v.union([word('client'), make({ ipv4: address, ipv6: address })]) }),
        ]),
        outbound: word('service'),
      }),
    ),
    beside: v.exactOptional(make(routing)),
    leftAlone: v.exactOptional(
      make({ inbound: v.array(port), outbound: v.array(port), ranges: v.exactOptional(v.array(v.string())) }),
    ),
    onlyConfigured: v.exactOptional(v.array(configured)),
    dnsServers: v.exactOptional(v.array(address)),
    ownAddress: v.exactOptional(make({ app: words(['direct', 'outbound']), proxy: words(['direct', 'inbound']) })),
  })
}

const schema = describe(object as unknown as MakeObject)

/** What JSON Schema is published from; it says the same. */
export const publishedSchema = describe((entries) => v.strictObject(entries))

export type OwnMesh = v.InferInput<typeof schema>

/**
 * A mesh that is data alone, which is read when somebody first asks for it: a run speaks of few of those there are.
 * Unless it says otherwise its rules spare what the proxy runs as, and it dials on to loopback.
 */
export function meshFrom(given: OwnMesh): MeshPromise {
  const { name, title = name, chains = [] } = given
  const described = once(() => describedBy(given))
  return {
    name,
    title,
    chains,
    releases: [''],
    get names() {
      return described().names
    },
    profile(release) {
      if (release !== '')
        throw inputError(`${name}@${release}`, `releases of ${title} are not told apart`, `write ${name}`)
      return described().profile
    },
  }
}

function describedBy(given: OwnMesh): { profile: Profile; names: MeshPromise['names'] } {
  const { name, title: _, chains: __, $schema: ___, schema: ____, ...promise } = v.parse(schema, given)
  const { uid } = promise.proxy
  const profile: Profile = {
    mesh: name,
    release: '',
    spares: { uids: [uid], gids: [] },
    dialsOn: { inbound: 'loopback', outbound: 'service' },
    beside: noRouting,
    leftAlone: { inbound: [], outbound: [] },
    ...promise,
  }
  const names = (isCapturing: boolean): string[] => [
    ...new Set(
      promise.listeners
        .filter(({ captures }) => (captures !== undefined) === isCapturing)
        .map((listener) => listener.name),
    ),
  ]
  return { profile, names: { listeners: names(true), ports: names(false) } }
}

/**
 * Reads a mesh of one's own.
 * @param where what messages call the text.
 * @throws HarnessError (`input`) with all that is wrong with it.
 */
export function readOwnMesh(where: string, text: string): MeshPromise {
  const given = parseJson(where, text)
  const problems = problemsOf(schema, given)
  if (problems.length > 0) throw inputIssues(problems.slice(0, 50).map((what) => ({ file: where, what })))
  return meshFrom(given as OwnMesh)
}
