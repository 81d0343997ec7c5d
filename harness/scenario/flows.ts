import type { Endpoint } from '../flow/endpoint.ts'
import type { Origin, Protocol } from '../flow/flow.ts'
import type { Identity } from '../flow/identity.ts'
import type {
  End,
  Expected,
  ExpectedAnswer,
  ExpectedJourney,
  ExpectedSource,
  ListenerName,
  Receiver,
  Station,
} from '../flow/verdict.ts'
import { callSite } from '../input/call-site.ts'
import { parseEndpoint } from './endpoint-text.ts'
import { argumentProblems, callOf } from '../input/arguments.ts'
import { type ExpectationName, expectations } from './expectations.ts'
import { credentials, type FlowOptions, flowOptions, type TcpOptions } from './flow-options.ts'
import { flowOf, numbersOf } from './from-input.ts'
import { interfaceName, isObject, problemsOf, shown, text } from '../input/fields.ts'
import { withStrictNames } from './strict-names.ts'
import { complain, unusable } from '../input/issues.ts'
import { recordDraft, recordFlow } from './registry.ts'
import type { ExpectedFlow, Location } from './scenario.ts'

/** The stations of a journey that are listeners. */
type ListenerOf<Stations extends Station> = Exclude<Stations, Receiver | End>

/** A flow that still lacks its expectation. What each takes is in `expectations`. */
interface FlowDraft {
  /**
   * The proxy's listener gets it. Without `then` the journey must end at whoever owns the original destination, with
   * each listener at most once; with it the stations after the first listener are these. `source` is whom the last
   * receiver sees as its client: an address, or `client`, whom the first one sees. `answered` is whether the sender of
   * a datagram or an echo request hears the answer.
   */
  isRedirected<const L extends ListenerName, const S extends Station = never>(
    listener: L,
    journey?: ExpectedJourney<S>,
  ): ExpectedFlow<L | ListenerOf<S>>
  /**
   * The proxy's listener gets it, but what that reads as its original destination is not what was dialled, or cannot be
   * read, as in a zone of connection tracking: an Envoy knows nowhere to pass it on to. With `then` the stations after
   * it are these.
   */
  isCaptured<const L extends ListenerName, const S extends Station = never>(
    listener: L,
    journey?: ExpectedJourney<S>,
  ): ExpectedFlow<L | ListenerOf<S>>
  /** The dialled endpoint gets it untranslated. `source` is the address that it sees as its client. */
  isDirect(by?: ExpectedAnswer & ExpectedSource & { answeredBy?: Receiver }): ExpectedFlow<never>
  /** Another endpoint than the dialled one gets it, without a listener (DNAT). */
  isTranslated<const S extends Station = never>(to: string, journey?: ExpectedJourney<S>): ExpectedFlow<ListenerOf<S>>
  /** RST or ICMP unreachable. @param by `peer` if the packet reached a peer. */
  isRefused(by?: 'pod' | 'peer'): ExpectedFlow<never>
  /** Sent, and never answered nor seen. */
  isDropped(): ExpectedFlow<never>
  /** The same listener gets it twice. */
  isLooped(): ExpectedFlow<never>
}

/** Whoever sends flows in a scenario. */
interface Sender {
  tcp(destination: string, options?: TcpOptions): FlowDraft
  udp(destination: string, options?: FlowOptions): FlowDraft
  /** An ICMP or ICMPv6 echo request. */
  ping(destination: string, options?: Omit<FlowOptions, 'sourcePort'>): FlowDraft
}

const protocols = { tcp: 'tcp', udp: 'udp', ping: 'icmp' } as const satisfies Record<keyof Sender, Protocol>

/** @param identity undefined if it was invalid; its flows are dropped. */
function sender(name: string, identity: Identity | undefined, origin: Origin): Sender {
  const methods = Object.entries(protocols).map(([method, protocol]) => [
    method,
    (...given: unknown[]) => draft(`${name}.${method}`, identity, origin, protocol, given),
  ])
  return withStrictNames(name, 'method', Object.fromEntries(methods))
}

function draft(
  call: string,
  identity: Identity | undefined,
  origin: Origin,
  protocol: Protocol,
  given: readonly unknown[],
): FlowDraft {
  const location = callSite()
  const who = callOf(call, given[0])
  const problems = argumentProblems(
    [
      { name: 'destination', schema: text },
      { schema: flowOptions[protocol], isOptional: true },
    ],
    given,
  )
  for (const problem of problems) complain(location, `${who}: ${problem}`)
  const destination = typeof given[0] === 'string' ? readEndpoint(location, given[0], protocol) : undefined
  const flow =
    problems.length > 0 || destination === undefined || identity === undefined
      ? undefined
      : flowOf({ identity, origin, protocol, destination }, given[1] ?? {})
  const methods = Object.entries(expectations).map(([method, { takes, expects }]) => [
    method,
    (...said: unknown[]): ExpectedFlow => {
      const wrong = argumentProblems(takes, said).map((problem) => `${who}.${method}: ${problem}`)
      for (const problem of wrong) complain(location, problem)
      if (
        wrong.length === 0 &&
        protocol === 'tcp' &&
        flow?.raw === undefined &&
        said.some((one) => isObject(one) && 'answered' in one)
      )
        complain(
          location,
          `${who}.${method}: answered is said of udp, ping and raw segments alone`,
          'a TCP connection that is not answered is dropped',
        )
      if (method === 'isTranslated' && typeof said[0] === 'string') readEndpoint(location, said[0], protocol)
      if (flow === undefined) return unusable
      // If it is not, that has been reported.
      const expected: Expected =
        wrong.length > 0 ? { verdict: 'dropped' } : (expects as (...given: unknown[]) => Expected)(...said)
      return recordFlow({ flow, expected, location })
    },
  ])
  const made = Object.fromEntries(methods) as Record<ExpectationName, () => ExpectedFlow> as unknown as FlowDraft
  return recordDraft(withStrictNames(who, 'expectation', made), location)
}

function readEndpoint(location: Location, written: string, protocol: Protocol): Endpoint | undefined {
  try {
    return parseEndpoint(written, protocol !== 'icmp')
  } catch (error) {
    complain(location, (error as Error).message)
    return undefined
  }
}

/** An ordinary application in the pod, 1000:1000. */
export const app: Sender = sender('app', 'app', { kind: 'pod' })
/** The proxy, with the UID and GID of the rules' profile. */
export const proxy: Sender = sender('proxy', 'proxy', { kind: 'pod' })
/** UID 0 in the pod. */
export const root: Sender = sender('root', 'root', { kind: 'pod' })
/** An application behind the pod's inner bridge; the scenario says `inner: true`. */
export const inner: Sender = sender('inner', 'app', { kind: 'inner' })
/** A client on the peer at eth0; `remote.on('net1')` is one at another interface. */
export const remote: Sender & { on(interfaceName: string): Sender } = withStrictNames('remote', 'method', {
  ...sender('remote', 'remote', { kind: 'peer', interface: 'eth0' }),
  on(name: string): Sender {
    const problems = argumentProblems([{ name: 'interface', schema: interfaceName }], [name])
    for (const problem of problems) complain(callSite(), `remote.on: ${problem}`)
    return sender(`remote.on(${shown(name)})`, 'remote', {
      kind: 'peer',
      interface: problems.length > 0 ? 'eth0' : name,
    })
  },
})

/**
 * A process in the pod with these numbers. The GID is the UID's where it is left out; the order of groups says nothing.
 */
export function as(numbers: { uid: number; gid?: number; groups?: readonly number[] }): Sender {
  const problems = problemsOf(credentials, numbers)
  for (const problem of problems) complain(callSite(), `as: ${problem}`)
  if (problems.length > 0) return sender('as', undefined, { kind: 'pod' })
  return sender('as', numbersOf(numbers), { kind: 'pod' })
}
