import type { Family } from '../core/address.ts'
import type { Credentials } from '../flow/identity.ts'

/** A mesh's promise: what its proxy runs as, which ports are its own, and what its rules are meant to capture. */
export interface Profile {
  mesh: string
  /** The release this profile is of, such as `1.2`. */
  release: string
  proxy: Credentials
  ports: {
    outbound: number
    inbound: number
    admin: number
    metrics: number
    /** Ports that answer rewritten health probes, in the mesh's order. */
    probes: readonly number[]
  }
  /** Families for which the mesh's builder makes rules. */
  families: readonly Family[]
}
