import type { Family } from '../core/address.ts'
import type { Credentials } from '../flow/identity.ts'
import type { DialsOn, Listener } from '../flow/listener.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'

/** A mesh's promise: what its proxy is, and what its rules are meant to capture. */
export interface Profile {
  mesh: string
  /** The release this profile is of, such as `1.2`. */
  release: string
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
  /** Ports that the rules do not capture, in the mesh's order: of the pod's own, and of destinations. */
  leftAlone: { inbound: readonly number[]; outbound: readonly number[] }
}
