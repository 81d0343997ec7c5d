import * as v from 'valibot'
import { families, familyOf } from '../core/address.ts'
import { id, interfaceName, isObject, list, object, port, shown, text, whole, words, yesOrNo } from '../input/fields.ts'
import { parseEndpoint } from './endpoint-text.ts'

/**
 * How a schema is put together: to be read by, with messages that name what is near a wrong name, or to be published as
 * JSON Schema, which cannot say that.
 */
export interface Making {
  object: <T extends v.ObjectEntries>(entries: T, noun?: string) => v.StrictObjectSchema<T, undefined>
  /** An object with names of its own. */
  named: <T extends v.GenericSchema<string>, O extends v.GenericSchema>(
    name: T,
    of: O,
  ) => v.RecordSchema<T, O, undefined>
  /** A text, or an object. */
  either: <T extends v.GenericSchema, O extends v.GenericSchema>(
    written: T,
    made: O,
  ) => v.UnionSchema<[T, O], undefined>
}

export const forReading: Making = {
  object: object as unknown as Making['object'],
  either: ((written: v.GenericSchema, made: v.GenericSchema) =>
    v.lazy((input) => (typeof input === 'string' ? written : made))) as unknown as Making['either'],
  named: ((name: v.GenericSchema<string>, of: v.GenericSchema) =>
    v.pipe(
      v.custom<Record<string, unknown>>(isObject, ({ input }) => `${shown(input)} is no object`),
      v.record(name, of),
    )) as unknown as Making['named'],
}

export const forPublishing: Making = {
  object: (entries) => v.strictObject(entries),
  either: (written, made) => v.union([written, made]),
  named: (name, of) => v.record(name, of),
}

/** Interfaces that every pod has. */
export const builtInInterfaces = ['lo', 'eth0']
/** Addresses, MACs and indices are made of an interface's position (harness/agent/pod/links.ts). */
const mostInterfaces = 8

/** Text that a parser accepts; its error says what is wrong. */
export function readBy(read: (text: string) => unknown) {
  return v.pipe(
    text,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      try {
        read(dataset.value)
      } catch (error) {
        addIssue({ message: (error as Error).message })
      }
    }),
  )
}

const endpoint = readBy((written) => parseEndpoint(written, true))
const network = v.pipe(
  text,
  v.check(
    (written) => {
      const [address = '', length = '', ...more] = written.split('/')
      const family = familyOf(address)
      const most = family === 'ipv4' ? 32 : 128
      return family !== undefined && more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= most
    },
    ({ input }) => `${shown(input)} is no network, such as 172.17.0.0/16`,
  ),
)
const bind = v.pipe(
  text,
  v.check(
    (written) => ['any', 'pod', 'lo'].includes(written) || familyOf(written) !== undefined,
    ({ input }) => `not 'any', 'pod', 'lo' or an address: ${shown(input)}`,
  ),
)

/** Rules are read where scenarios are planned; here they are some. */
export const ruleText = v.pipe(
  text,
  v.check((written) => written.trim() !== '', 'holds no rules'),
)

/** What stands around a scenario's rules. */
export const topologyFields = ({ object, either, named }: Making) => {
  const identity = either(words(['app', 'proxy', 'root', 'remote']), object({ uid: id, gid: id, groups: list(id) }))
  return {
    interfaces: v.optional(
      v.pipe(
        list(interfaceName),
        v.check(
          (names) => new Set([...builtInInterfaces, ...names]).size === builtInInterfaces.length + names.length,
          'names an interface that is there already',
        ),
        v.maxLength(mostInterfaces, `a pod has at most ${mostInterfaces} interfaces beside eth0`),
      ),
    ),
    behind: v.optional(named(interfaceName, v.pipe(list(network), v.minLength(1, 'names no network')))),
    apps: v.optional(
      list(
        object({
          port,
          protocol: v.optional(words(['tcp', 'udp'])),
          bind: v.optional(bind),
          identity: v.optional(identity),
        }),
      ),
    ),
    services: v.optional(named(endpoint, endpoint)),
    closed: v.optional(list(endpoint)),
    proxy: v.optional(words(['up', 'down', 'killed'])),
    inner: v.optional(yesOrNo),
    podIPs: v.optional(
      v.pipe(
        list(words(families)),
        v.minLength(1, 'names no family'),
        v.check((named) => new Set(named).size === named.length, 'names a family twice'),
      ),
    ),
    families: v.optional(v.pipe(list(words(families)), v.minLength(1, 'names no family'))),
  }
}

/** How its rules are loaded, and what with. */
export const loadingFields = ({ object }: Making) => ({
  apply: v.optional(object({ times: whole(1, 10) })),
  applies: v.optional(
    object({
      rejectedAt: whole(1, 1_000_000),
      orAt: v.optional(whole(1, 1_000_000)),
      leaves: words(['nothing', 'part']),
    }),
  ),
  beside: v.optional(
    object({ before: v.optional(ruleText), after: v.optional(ruleText), otherBackend: v.optional(ruleText) }),
  ),
  cleanUp: v.optional(ruleText),
  withoutRouting: v.optional(yesOrNo),
})
