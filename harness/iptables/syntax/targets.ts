import type { Family } from '../../core/address.ts'
import type { TargetExtension } from '../extensions/extension.ts'
import { targets } from '../extensions/targets.ts'

const byName: Readonly<Record<string, TargetExtension>> = targets

/** All that any target is called. */
export const targetNames: readonly string[] = Object.keys(byName)

/** @returns what is known of `-j NAME` in a family; undefined if iptables 1.8.9 has no such target. */
export function findTarget(name: string, family: Family): TargetExtension | undefined {
  const found = Object.hasOwn(byName, name) ? byName[name] : undefined
  return found === undefined || (found.family !== undefined && found.family !== family) ? undefined : found
}
