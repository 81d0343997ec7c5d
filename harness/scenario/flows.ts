import { inputError } from '../core/errors.ts'
import type { Flow, Origin, Protocol } from '../flow/flow.ts'
import type { Credentials, Identity } from '../flow/identity.ts'
import type { Expected, Listener, Receiver, Station } from '../flow/verdict.ts'
import { callSite } from './call-site.ts'
import { parseEndpoint } from './endpoint-text.ts'
import type { ExpectedFlow } from './scenario.ts'

export interface FlowOptions {
  /** A fixed source address, which the sender must own. */
  sourceAddress?: string
  /** A fixed source port. */
  sourcePort?: number
  /** SO_BINDTODEVICE; never a way to say which interface a flow takes, that is the route's choice. */
  bindToDevice?: string
}

export interface TcpOptions extends FlowOptions {
  /** The server speaks first, as in MySQL or SMTP: the flow is done when its banner has come back. */
  serverFirst?: true
  /** An HTTP request is made and must be answered. */
  http?: true
}

/** A flow that still lacks its expectation. */
export interface FlowDraft {
  /**
   * The proxy's listener gets it. Without `then` the journey must end at whoever owns the original destination, with each
   * listener at most once; with it the stations after the first listener are these.
   */
  isRedirected(listener: Listener, journey?: { then: readonly Station[] }): ExpectedFlow
  /**
   * The proxy's listener gets it, but what that reads as its original destination is not what was dialled, or cannot be read, as in
   * a zone of connection tracking: an Envoy knows nowhere to pass it on to. With `then` the stations after it are these.
   */
  isCaptured(listener: Listener, journey?: { then: readonly Station[] }): ExpectedFlow
  /** The dialled endpoint gets it untranslated. */
  isDirect(by?: { answeredBy: Receiver }): ExpectedFlow
  /** Another endpoint than the dialled one gets it, without a listener (DNAT). */
  isTranslated(to: string, journey?: { then: readonly Station[] }): ExpectedFlow
  /** RST or ICMP unreachable. @param by `peer` if the packet reached a peer. */
  isRefused(by?: 'pod' | 'peer'): ExpectedFlow
  /** Sent, and never answered nor seen. */
  isDropped(): ExpectedFlow
  /** The same listener gets it twice. */
  isLooped(): ExpectedFlow
}

/** Whoever sends flows in a scenario. */
export interface Sender {
  tcp(destination: string, options?: TcpOptions): FlowDraft
  udp(destination: string, options?: FlowOptions): FlowDraft
  /** An ICMP or ICMPv6 echo request. */
  ping(destination: string, options?: Pick<FlowOptions, 'sourceAddress' | 'bindToDevice'>): FlowDraft
}

function sender(identity: Identity, origin: Origin): Sender {
  return {
    tcp: (destination, options = {}) => draft(identity, origin, 'tcp', destination, options),
    udp: (destination, options = {}) => draft(identity, origin, 'udp', destination, options),
    ping: (destination, options = {}) => draft(identity, origin, 'icmp', destination, options),
  }
}

function draft(identity: Identity, origin: Origin, protocol: Protocol, text: string, options: TcpOptions): FlowDraft {
  const location = callSite()
  const flow: Flow = { identity, origin, protocol, destination: readEndpoint(text) }
  const { sourceAddress: address, sourcePort: port, bindToDevice, serverFirst, http } = options
  if (address !== undefined || port !== undefined)
    flow.source = { ...(address !== undefined && { address }), ...(port !== undefined && { port }) }
  if (bindToDevice !== undefined) flow.bindToDevice = bindToDevice
  if (http) flow.conversation = 'http'
  else if (serverFirst) flow.conversation = 'server-first'
  const expect = (expected: Expected): ExpectedFlow => ({ flow, expected, location })
  return {
    isRedirected: (listener, journey) => expect({ verdict: 'redirected', listener, ...journey }),
    isCaptured: (listener, journey) => expect({ verdict: 'captured', listener, ...journey }),
    isDirect: (by) => expect({ verdict: 'direct', ...by }),
    isTranslated: (to, journey) => {
      readEndpoint(to)
      return expect({ verdict: 'translated', to, ...journey })
    },
    isRefused: (by) => expect({ verdict: 'refused', ...(by !== undefined && { refusedBy: by }) }),
    isDropped: () => expect({ verdict: 'dropped' }),
    isLooped: () => expect({ verdict: 'looped' }),
  }

  function readEndpoint(written: string) {
    try {
      return parseEndpoint(written, protocol !== 'icmp')
    } catch (error) {
      throw inputError(`${location.file}:${location.line}`, (error as Error).message)
    }
  }
}

/** An ordinary application in the pod, 1000:1000. */
export const app: Sender = sender('app', { kind: 'pod' })
/** The proxy, with the UID and GID of the rules' profile. */
export const proxy: Sender = sender('proxy', { kind: 'pod' })
/** UID 0 in the pod. */
export const root: Sender = sender('root', { kind: 'pod' })
/** An application behind the pod's inner bridge; the scenario says `inner: true`. */
export const inner: Sender = sender('app', { kind: 'inner' })
/** A client on the peer at eth0; `remote.on('net1')` is one at another interface. */
export const remote: Sender & { on(interfaceName: string): Sender } = {
  ...sender('remote', { kind: 'peer', interface: 'eth0' }),
  on: (interfaceName) => sender('remote', { kind: 'peer', interface: interfaceName }),
}
/** A process in the pod with these numbers. The GID is the UID's where it is left out; the order of groups says nothing. */
export function as({ uid, gid = uid, groups = [] }: { uid: number; gid?: number; groups?: readonly number[] }): Sender {
  const supplementary = [...new Set(groups)].filter((group) => group !== gid).sort((a, b) => a - b)
  return sender({ uid, gid, groups: supplementary } satisfies Credentials, { kind: 'pod' })
}
