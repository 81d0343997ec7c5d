import type { AddressPort, Family } from '../core/address.ts'
import type { Fault } from '../core/errors.ts'
import type { Backend } from '../flow/backend.ts'
import type { ConcreteFlow, Flow, Protocol } from '../flow/flow.ts'
import type { Credentials } from '../flow/identity.ts'
import type { EndedInitContainer, InitContainer } from '../flow/init-container.ts'
import type { MatchedRule } from '../flow/matched-rule.ts'
import type { PodPlan } from '../flow/pod-plan.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'
import type { Applied, RuleText } from '../flow/ruleset.ts'
import type { Observed } from '../flow/verdict.ts'

/** What the runner and the agent say to each other: one JSON object a line, requests numbered by the runner. */

/** A flow with all that it takes to drive it but the port that it is sent from. */
export interface FlowPlan extends ConcreteFlow {
  /** Its source port is its own choice; others may have chosen the same one, so it goes alone. */
  alone?: true
  conversation?: NonNullable<Flow['conversation']>
}

/** A flow as the agent drives it. */
export interface DrivenFlow extends FlowPlan {
  /**
   * The port is the flow's own choice, or one that no other flow of the pod has; of an echo request, its identifier.
   */
  source: { address?: string; port: number }
}

/** Policy routing but for the addresses, which a pod has from its beginning. */
export type Routing = Pick<PolicyRouting, 'rules' | 'routes'>

/** Rules to be loaded, one text after the other; the first that is rejected is the last. */
export interface RulesPlan {
  rules: readonly RuleText[]
  /** What is set up beside them. */
  routing?: Routing
  /** What loads them in the agent's place, one for each text, where the sandbox runs them. */
  initContainers?: readonly InitContainer[]
}

/** A rule that a packet matched, by its place alone: the runner knows what rule that is. */
export interface TracedRule extends Pick<MatchedRule, 'connection' | 'hook' | 'table' | 'chain' | 'rule'> {
  /**
   * Set if the packet that matched is the answer to the connection's first packet, or the acknowledgement of that
   * answer; TCP only.
   */
  packet?: 'answer' | 'acknowledgement'
  /** It may be no rule but the end of its chain: iptables-legacy counts that as one more. */
  mayBeEnd?: true
}

/** What became of one flow; `error` where the probe could not run or could not be judged. */
export type FlowResult = (
  | { observed: Observed; source?: AddressPort; microseconds: number }
  | { error: string; fault: Fault; microseconds: number }
) & {
  /** Which rules its connections' first packets matched, and the answers to those, or why the kernel does not tell. */
  traced: readonly TracedRule[] | { untraced: string }
}

/** The result of one flow, with its index among those that are sent. */
export type IndexedResult = readonly [index: number, result: FlowResult]
export type EmitResults = (results: readonly IndexedResult[]) => void

export interface SendOptions {
  /** Nobody asks which rules they match: for a trace the kernel writes twenty messages and more a flow. */
  untraced?: true
  /** No two of them have the same port: those whose own choice it is need not go alone. */
  together?: true
  /**
   * Of connections that there were before nothing is left, half-open ones included. Nor is it kept what they were: the
   * kernel takes 10 ms to list them.
   */
  forgets?: true
}

/** What became of loading rules; where they are rejected, part of them may be there all the same. */
export interface LoadResult {
  applied: Applied | 'none'
  /** How the init containers have ended that loaded them, in the order in which they ran. */
  initContainers?: readonly EndedInitContainer[]
}

/** One connection that the pod's connection tracking knows. */
export interface ConntrackEntry {
  protocol: Protocol
  /** The source port of its first packet; the identifier of an echo request. */
  sourcePort: number
  /** As `conntrack -L` writes it. */
  text: string
}

/** What one interface has carried. */
export interface CaptureResult {
  /** `lo`, `eth0`, `eth0.peer`, … */
  name: string
  frames: number
  /** Frames that found no room. */
  lost: number
  /** A capture file, in base64. */
  pcap: string
}

/** What is kept from before the flows on. */
export interface KeptEvidence {
  /** `iptables-save -c` by family, before the first flow. */
  rulesBefore: Record<Family, string>
  captures: CaptureResult[]
  /** What the agent did and heard, a line each. */
  log: string[]
}

export interface EvidenceResult {
  /** `iptables-save -c` by family. */
  rules: Record<Family, string>
  /** Every connection-tracking entry, and which flow's it is. */
  conntrack: ConntrackEntry[]
  kept?: KeptEvidence
}

/** What there is in the sandbox, and what brings the rest. */
export interface HelloResult {
  kernel: string
  node: string
  /** Versions, of those backends that are there. */
  iptables: Partial<Record<Backend, string>>
  /** The command that adds a backend that is not, such as `apk add iptables-legacy`. */
  remedies: Partial<Record<Backend, string>>
}

/** How a program ended that was asked for its version. */
export interface AskedVersion {
  exitCode: number
  output: string
}

/**
 * Requests that name a pod are carried out in their order, so that nobody need wait for an answer before the next one.
 */
export interface Methods {
  /** What the agent finds in its sandbox. */
  hello: { params: object; result: HelloResult }
  /** Whether the agent is alive. */
  ping: { params: object; result: object }
  /**
   * How long the agent is to wait for what it has started, where that is to be another time than its own
   * (agent/patience.ts).
   */
  patience: { params: { milliseconds: number }; result: object }
  /** The version that a program in the sandbox prints, run with these credentials. */
  version: { params: { program: string; credentials: Credentials }; result: AskedVersion }
  /** Makes a pod of the agent's own network namespace, with its links up and nobody in it: others may join that. */
  prepare: { params: Pick<PodPlan, 'links' | 'inner' | 'loopback' | 'backend'> & { pod: string }; result: object }
  /**
   * Resolves once everybody listens; there are no rules then. @param prepared the pod that `prepare` has made for it.
   */
  stand: { params: PodPlan & { prepared?: string }; result: { pod: string } }
  /** Takes out the rules that are loaded, and forgets every connection. */
  unload: { params: { pod: string }; result: object }
  /**
   * Puts rules in the place of those that are loaded. @param ended the init containers that have loaded them already.
   * @param routed they have set up the policy routing as well.
   */
  load: {
    params: {
      pod: string
      rules: readonly RuleText[]
      routing?: Routing
      ended?: readonly EndedInitContainer[]
      routed?: true
    }
    result: { applied: Applied | 'none' }
  }
  /** Sends flows through the rules that are loaded, and tells what becomes of them. */
  send: { params: { pod: string; flows: readonly DrivenFlow[] } & SendOptions; result: object }
  evidence: { params: { pod: string }; result: EvidenceResult }
  /** Ends everything in a pod. @returns whether it stands empty, to be used again. */
  close: { params: { pod: string }; result: { isEmptied: boolean } }
}

export type Method = keyof Methods
export type Request = { [M in Method]: { id: number; method: M; params: Methods[M]['params'] } }[Method]
export type Response =
  | { id: number; result: unknown }
  | { id: number; error: { message: string; fault: Fault; hint?: string; skips?: true } }
  /** Flows of a `send` that have come to their end; its result follows those of the last ones. */
  | { id: number; flows: readonly IndexedResult[] }
  /** The agent gets on with what it was asked for. */
  | { progress: true }
