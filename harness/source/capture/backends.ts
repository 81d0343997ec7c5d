import { families } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import { inputError } from '../../core/errors.ts'
import type { ToldUnit } from './snapshots.ts'

/** Whether it leaves a table as it was made: nothing in it decides about a packet. */
const isEmpty = ({ lines, command }: ToldUnit): boolean =>
  command === undefined && lines.every(({ text }) => /^(?:\*|#|COMMIT|$|:\S+ ACCEPT\b)/.test(text))

/**
 * Leaves the backend whose tables have rules, of a text that holds what both had at one moment.
 * @throws HarnessError (`input`) where both have some, unless a snapshot is asked for: the kernel asks both.
 */
export function withoutIdleBackend(units: readonly ToldUnit[], number: number | undefined): readonly ToldUnit[] {
  const idle = new Set<ToldUnit>()
  for (const family of families) {
    const own = units.filter(({ told, backend }) => backend !== undefined && told.includes(family))
    const by = (backend: Backend) => own.filter((unit) => unit.backend === backend)
    const [nft, legacy] = [by('nft'), by('legacy')]
    const [nftRules, legacyRules] = [nft, legacy].map((all) => all.find((unit) => !isEmpty(unit)))
    if (nft.length === 0 || legacy.length === 0) continue
    if (nftRules !== undefined && legacyRules !== undefined) {
      if (number === undefined)
        throw inputError(
          `line ${legacyRules.first}`,
          `there are rules of iptables-legacy beside those of iptables-nft from line ${nftRules.first} on, and which the kernel asks first is not known`,
          '--snapshot N reads those of one alone, in the order of the text',
        )
      continue
    }
    for (const unit of nftRules === undefined && legacyRules !== undefined ? nft : legacy) idle.add(unit)
  }
  return units.filter((unit) => !idle.has(unit))
}
