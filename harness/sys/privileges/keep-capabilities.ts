import { capset, checked } from '../libc/libc.ts'
import { type Capability, capabilityNumbers } from './privileges.ts'

/** _LINUX_CAPABILITY_VERSION_3 (include/uapi/linux/capability.h). */
const version = 0x20080522

/**
 * Gives up every capability but these, for the calling thread and what it starts. With no_new_privs nothing brings them
 * back, not even to be root and to run a program.
 * @throws SystemCallError if the thread does not have one of them.
 */
export function keepCapabilities(kept: readonly Capability[]): void {
  const mask = kept.reduce((bits, name) => bits | (1 << capabilityNumbers[name]), 0)
  checked(capset(Uint32Array.of(version, 0), Uint32Array.of(mask, mask, 0, 0, 0, 0)), 'capset')
}
