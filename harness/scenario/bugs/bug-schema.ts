import * as v from 'valibot'
import { id, interfaceName, list, shown, text, words, yesOrNo } from '../../input/fields.ts'
import { meshes } from '../../mesh/index.ts'
import { data } from '../../mesh/rules.ts'
import { listeners, receivers, stations } from '../expectations.ts'
import { client, everywhere, raw, withPort } from '../flow-options.ts'
import {
  forPublishing,
  forReading,
  loadingFields,
  type Making,
  readBy,
  ruleText,
  topologyFields,
} from '../pod-fields.ts'
import { parseEndpoint } from '../endpoint-text.ts'
import { parseReleases } from '../releases.ts'
import { bugStates } from './bug.ts'

/** A report has a flow for each thing that it says, not one for each port. */
export const mostFlows = 100

const sentence = v.pipe(
  text,
  v.check((said) => said.trim() !== '', 'says nothing'),
  v.maxLength(400, 'is longer than 400 characters: one sentence is enough'),
  v.check((said) => !/\p{Cc}/u.test(said), 'is one line, without control characters'),
)

/** `istio/istio#27202`, or an address of the web. */
const report = v.pipe(
  text,
  v.maxLength(300, 'is longer than 300 characters'),
  v.regex(/^(?:[\w.-]+\/[\w.-]+#\d+|https:\/\/[!-~]+)$/, 'is no report: write OWNER/REPOSITORY#NUMBER or https://…'),
)

/**
 * A state of the bug: rules of its own or else those of the mesh's builder, how they are loaded, and how the proxy is
 * configured.
 */
const side = (
  { object, named }: Making,
  fields: ReturnType<typeof loadingFields>,
  proxy: ReturnType<typeof topologyFields>['proxy'],
) =>
  object({
    rules: v.optional(ruleText),
    release: v.optional(readBy(parseReleases)),
    config: v.optional(
      v.pipe(
        named(v.string(), v.unknown()),
        v.check((given) => v.is(data, given), 'holds what is no plain data'),
      ),
    ),
    podAnnotations: v.optional(named(v.string(), v.string('is no text, and annotations are'))),
    proxy,
    ...fields,
  })

const listener = words(listeners)
const endpointOrAddress = readBy((written) => parseEndpoint(written, /:\d+$|^\w+(?:\.\w+)?:/.test(written)))

/** The verdicts that need no more words. */
const plain = ['direct', 'refused', 'dropped', 'looped'] as const

/** A verdict: a word, or an object of which one field is the verdict and the others say more. */
const verdict = ({ object, either }: Making) => {
  const verdicts = ['redirected', 'captured', 'direct', 'translated', 'refused'] as const
  return either(
    v.picklist(
      plain,
      ({ input }) => `${shown(input)} is none of ${plain.join(', ')}; others are written { redirected: outbound }`,
    ),
    v.pipe(
      object({
        redirected: v.optional(listener),
        captured: v.optional(listener),
        direct: v.optional(words(receivers)),
        translated: v.optional(endpointOrAddress),
        refused: v.optional(words(['pod', 'peer'])),
        then: v.optional(list(words(stations))),
        source: v.optional(client),
        answered: v.optional(yesOrNo),
      }),
      v.check(
        (said) => verdicts.filter((name) => said[name] !== undefined).length === 1,
        ({ input }) => {
          const isNone = verdicts.every((name) => input[name] === undefined)
          return `says ${isNone ? 'none' : 'not one but several'} of ${verdicts.join(', ')}`
        },
      ),
      v.check(
        ({ direct, refused, then }) => (direct ?? refused) === undefined || then === undefined,
        'has no journey after it: then is for redirected, captured and translated',
      ),
      v.check(
        ({ direct, refused, source }) =>
          source === undefined || (refused === undefined && (direct === undefined || source !== 'client')),
        'has nobody before it: source is an address for direct, and nothing for refused',
      ),
    ),
  )
}

const flow = (making: Making) => {
  const { object, either } = making
  const sender = either(
    words(['app', 'proxy', 'root', 'remote', 'inner']),
    object({ uid: id, gid: v.optional(id), groups: v.optional(list(id)) }),
  )
  return v.pipe(
    object({
      from: sender,
      on: v.optional(interfaceName),
      tcp: v.optional(readBy((written) => parseEndpoint(written, true))),
      udp: v.optional(readBy((written) => parseEndpoint(written, true))),
      ping: v.optional(readBy((written) => parseEndpoint(written, false))),
      ...everywhere,
      ...withPort,
      serverFirst: v.optional(yesOrNo),
      http: v.optional(yesOrNo),
      raw: v.optional(raw),
      broken: verdict(making),
      right: verdict(making),
    }),
    v.check(
      ({ tcp, udp, ping }) => [tcp, udp, ping].filter((to) => to !== undefined).length === 1,
      'needs one destination, such as tcp: 203.0.113.10:80; udp and ping are the others',
    ),
    v.check(
      ({ on, from }) => on === undefined || from === 'remote',
      "on: says at which interface a 'remote' stands, and nobody else does",
    ),
    v.check(({ ping, sourcePort }) => ping === undefined || sourcePort === undefined, 'sourcePort: ICMP has no ports'),
    v.check(
      ({ tcp, serverFirst, http }) => tcp !== undefined || !(serverFirst || http),
      'serverFirst and http are conversations over TCP',
    ),
    v.check(({ serverFirst, http }) => !(serverFirst && http), 'serverFirst and http cannot both be'),
    v.check(({ tcp, raw: flags }) => tcp !== undefined || flags === undefined, 'raw: is a segment of TCP'),
    v.check(
      ({ raw: flags, serverFirst, http }) => flags === undefined || !(serverFirst || http),
      'nobody talks over a raw segment',
    ),
    v.check(
      ({ tcp, raw: flags, broken, right }) =>
        tcp === undefined ||
        flags !== undefined ||
        ![broken, right].some((said) => typeof said === 'object' && said.answered !== undefined),
      'answered is said of udp, ping and raw segments alone: a TCP connection that is not answered is dropped',
    ),
  )
}

/** A bug file as `sidetrack.bug/1` has it. */
const describe = (making: Making) => {
  const { object } = making
  const topology = topologyFields(making)
  const loading = loadingFields(making)
  return object({
    $schema: v.optional(text),
    schema: v.literal('sidetrack.bug/1', "is not 'sidetrack.bug/1'"),
    reports: v.pipe(list(report), v.minLength(1, 'names no report'), v.maxLength(8, 'names more than 8 reports')),
    /** What mended it upstream. */
    fixedBy: v.optional(report),
    says: sentence,
    state: words(bugStates),
    mesh: words([...meshes.keys()]),
    ...topology,
    broken: side(making, loading, topology.proxy),
    mended: side(making, loading, topology.proxy),
    flows: v.pipe(
      list(flow(making)),
      v.minLength(1, 'a bug needs at least one flow that shows it'),
      v.maxLength(mostFlows, `a bug file has at most ${mostFlows} flows`),
    ),
  })
}

export const bugSchema = describe(forReading)

/** What JSON Schema is published from; it says the same. */
export const publishedSchema = describe(forPublishing)

export type BugInput = v.InferInput<typeof bugSchema>
export type BugFlowInput = BugInput['flows'][number]
export type VerdictInput = BugFlowInput['right']
