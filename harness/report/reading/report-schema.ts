import * as v from 'valibot'
import { families, parseAddressPort } from '../../core/address.ts'
import { backends } from '../../flow/backend.ts'
import { namePattern } from '../../flow/listener.ts'
import { isListener, isReceiver, type ListenerName, type Receiver, type Station } from '../../flow/verdict.ts'

export const number = v.pipe(v.number(), v.integer(), v.minValue(0))
/** As `--shard` takes it. */
const shardNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9999))
export const credentials = { uid: number, gid: number, groups: v.array(number) }
const fault = v.picklist(['rules', 'input', 'machine', 'sidetrack'])
const checkId = v.pipe(v.string(), v.regex(/^[^/]+\/[^/]+\/./, 'is no id of a check'))

export const address = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const read = parseAddressPort(dataset.value)
    if (read !== undefined) return read
    addIssue({ message: `'${dataset.value}' is no address and port` })
    return NEVER
  }),
)

/** Listeners have the names that their mesh's profile gives them. */
function named<Name extends Station>(what: string, isOne: (at: string) => boolean) {
  const isRight = (input: unknown): boolean =>
    typeof input === 'string' && namePattern.test(input.replace(/^envoy-/, '')) && isOne(input)
  return v.custom<Name>(isRight, `is no name of ${what}`)
}

export const listener = named<ListenerName>('a listener', isListener)
const receiver = named<Receiver>('a receiver', isReceiver)
const station = named<Station>('a station', () => true)
const side = v.picklist(['pod', 'peer'])

const hop = v.object({
  at: station,
  local: v.exactOptional(address),
  originalDestination: v.exactOptional(address),
  from: v.exactOptional(v.string()),
  dialled: address,
  identity: v.object(credentials),
})

export const observed = v.object({
  verdict: v.picklist(['redirected', 'captured', 'direct', 'translated', 'refused', 'dropped', 'looped']),
  listener: v.exactOptional(listener),
  originalDestination: v.exactOptional(address),
  answeredBy: v.exactOptional(receiver),
  answered: v.exactOptional(v.boolean()),
  translatedTo: v.exactOptional(address),
  refusedBy: v.exactOptional(side),
  journey: v.array(hop),
  heard: v.exactOptional(v.string()),
  notes: v.exactOptional(v.array(v.string())),
})

export const matchedRule = v.object({
  connection: number,
  hook: v.picklist(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']),
  table: v.string(),
  chain: v.string(),
  rule: number,
  text: v.string(),
  target: v.exactOptional(v.string()),
  comment: v.exactOptional(v.string()),
  packet: v.exactOptional(v.picklist(['answer', 'error', 'acknowledgement'])),
  decides: v.exactOptional(v.boolean()),
})

const decidedBy = { decidedBy: v.exactOptional(v.array(matchedRule)) }

/** Where a connection would end, were a rule not as it is. */
export const otherEnd = v.variant('kind', [
  v.object({
    kind: v.literal('received'),
    at: named<ListenerName | Receiver>('a listener or a receiver', (at) => isListener(at) || isReceiver(at)),
    local: address,
    answerLost: v.exactOptional(v.literal(true)),
  }),
  v.object({ kind: v.literal('refused'), by: side }),
  v.object({ kind: v.literal('dropped') }),
])

export const nearMisses = v.object({
  rules: v.array(v.object({ rule: matchedRule, asks: v.string(), actual: v.string(), end: otherEnd })),
  untried: number,
})

const answered = v.exactOptional(v.boolean())
const journey = { journey: v.exactOptional(v.array(station)), source: v.exactOptional(v.string()), answered }

const expected = v.union([
  v.variant('verdict', [
    v.object({ verdict: v.literal('redirected'), listener, ...journey }),
    v.object({ verdict: v.literal('captured'), listener, ...journey }),
    v.object({ verdict: v.literal('direct'), answeredBy: v.exactOptional(receiver), answered }),
    v.object({ verdict: v.literal('translated'), to: v.string(), ...journey }),
    v.object({ verdict: v.literal('refused'), refusedBy: v.exactOptional(side) }),
    v.object({ verdict: v.picklist(['dropped', 'looped']) }),
  ]),
  v.variant('applies', [
    v.object({
      applies: v.literal('rejected'),
      at: number,
      orAt: v.exactOptional(number),
      leaves: v.picklist(['nothing', 'part']),
    }),
    v.object({ applies: v.literal('accepted'), times: number }),
  ]),
])

const expectedStep = v.variant('kind', [
  v.object({ kind: v.literal('station'), at: station }),
  v.object({ kind: v.literal('owner'), of: v.string() }),
  v.object({ kind: v.picklist(['on-the-way', 'anywhere']) }),
])

const flow = v.object({
  identity: v.string(),
  uid: v.exactOptional(number),
  gid: v.exactOptional(number),
  groups: v.exactOptional(v.array(number)),
  origin: v.picklist(['pod', 'peer', 'inner']),
  protocol: v.picklist(['tcp', 'udp', 'icmp']),
  source: v.exactOptional(v.object({ address: v.exactOptional(v.string()), port: v.exactOptional(number) })),
  destination: v.string(),
  interface: v.exactOptional(v.string()),
  boundTo: v.exactOptional(v.string()),
  mark: v.exactOptional(number),
  tos: v.exactOptional(number),
  transparent: v.exactOptional(v.literal(true)),
  conversation: v.exactOptional(v.picklist(['server-first', 'http'])),
  raw: v.exactOptional(v.string()),
})

const applied = v.union([
  v.literal('none'),
  v.object({ ok: v.literal(true) }),
  v.object({
    ok: v.literal(false),
    line: number,
    text: v.string(),
    message: v.string(),
    leaves: v.picklist(['nothing', 'part']),
    application: v.exactOptional(number),
  }),
])

const initContainer = v.object({
  name: v.string(),
  image: v.string(),
  reason: v.picklist(['Completed', 'Error', 'StartError']),
  exitCode: number,
  log: v.string(),
})

const check = v.object({
  id: checkId,
  scenario: v.string(),
  location: v.object({ file: v.string(), line: number }),
  rules: v.object({
    source: v.string(),
    applied: v.exactOptional(applied),
    initContainers: v.exactOptional(v.array(initContainer)),
  }),
  environment: v.string(),
  iptables: v.picklist(backends),
  family: v.picklist(families),
  flow: v.exactOptional(flow),
  expected,
  predicted: v.exactOptional(
    v.union([v.object({ unknown: v.string() }), v.object({ ...observed.entries, ...decidedBy })]),
  ),
  observed: v.exactOptional(observed),
  status: v.picklist(['passed', 'failed', 'skipped', 'error']),
  fault: v.exactOptional(fault),
  reason: v.exactOptional(v.string()),
  expectedFailure: v.exactOptional(v.string()),
  parting: v.exactOptional(v.object({ at: number, expected: v.array(expectedStep) })),
  ...decidedBy,
  divergesAt: v.exactOptional(number),
  promisedBy: v.exactOptional(
    v.object({ source: v.string(), rules: v.array(v.object({ rule: matchedRule, isMissing: v.boolean() })) }),
  ),
  nearMisses: v.exactOptional(nearMisses),
  evidence: v.exactOptional(v.object({ rules: v.string(), conntrack: v.array(v.string()) })),
  durationMs: v.number(),
})

const environment = v.object({
  id: v.string(),
  kernel: v.string(),
  node: v.string(),
  sandbox: v.picklist(['namespaces', 'container']),
  image: v.nullable(v.string()),
  podImage: v.exactOptional(v.string()),
  rootless: v.boolean(),
  iptables: v.object({ nft: v.exactOptional(v.string()), legacy: v.exactOptional(v.string()) }),
})

const shard = v.pipe(
  v.object({ index: shardNumber, count: shardNumber, plan: v.string() }),
  v.check(({ index, count }) => index <= count, 'there is no such part'),
)

/** `sidetrack.report/1` as `json` writes it; fields that are not known here are passed over. */
export const reportSchema = v.object({
  schema: v.literal('sidetrack.report/1'),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  durationMs: v.number(),
  seed: v.number(),
  interrupted: v.boolean(),
  carried: v.array(v.string()),
  shard: v.exactOptional(shard),
  planned: number,
  environments: v.array(environment),
  summary: v.object({
    checks: number,
    passed: number,
    failed: number,
    skipped: number,
    errors: number,
    leftOut: number,
  }),
  checks: v.array(check),
  error: v.exactOptional(v.object({ fault, reason: v.string() })),
})

type WrittenReport = v.InferOutput<typeof reportSchema>
export type WrittenCheck = WrittenReport['checks'][number]
