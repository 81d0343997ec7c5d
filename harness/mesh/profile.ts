import type { Family } from '../core/address.ts'
import type { Credentials } from '../flow/identity.ts'
import type { DialsOn, Listener } from '../flow/listener.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'

/** A mesh's promise: what its proxy is, and what its rules are meant to capture. */
export interface Profile {
  mesh: string
  /** The release this profile is of, such as `1.2`; empty where releases are not told apart. */
  release: string
  /** What tells this proxy from the mesh's usual one, where the rules alone do: `with one listener for both directions`. */
  unlike?: string
  /** Ports that no rules for it ask for. */
  neverNames?: readonly number[]
  /** What it is called where no mesh that is known has it, and how the names of the chains of its rules begin. */
  ofRules?: { title: string; chains: readonly string[] }
  /** What the proxy runs as. */
  proxy: Credentials
  /** Whose own traffic the rules let pass: whoever has one of these UIDs, or one of these GIDs as its primary group. */
  spares: { uids: readonly number[]; gids: readonly number[] }
  /** Where the proxy listens. */
  listeners: readonly Listener[]
  /** Families for which the mesh's builder makes rules. */
  families: readonly Family[]
  dialsOn: DialsOn
  /** What the mesh sets up beside its rules. */
  beside: PolicyRouting
  /** What the rules do not capture: ports of the pod's own, ports of destinations, and destinations as prefixes. */
  leftAlone: { inbound: readonly number[]; outbound: readonly number[]; ranges?: readonly string[] }
  /** Why it is not known what this proxy does with what the rules send to it. No flow is held to its promises then. */
  unknown?: string
  /** Directions in which only what the config names is captured; `dns` where the config must ask for that. */
  onlyConfigured?: readonly ('outbound' | 'inbound' | 'dns')[]
  /** DNS servers whose queries are captured, whoever asks; without it, those to any server are, but for the proxy's. */
  dnsServers?: readonly string[]
  /**
   * What becomes of a connection from the pod to an address of its own on an interface; without it, that is not
   * promised.
   */
  ownAddress?: { app: 'direct' | 'outbound'; proxy: 'direct' | 'inbound' }
}
