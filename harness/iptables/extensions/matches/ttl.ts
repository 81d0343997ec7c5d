import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { type KeptOption, value } from '../option.ts'

const comparisons = (name: string): KeptOption[] => [
  value(`--${name}-lt`, kinds.number(8), { without: [`--${name}-gt`, `--${name}-eq`] }),
  value(`--${name}-gt`, kinds.number(8), { without: [`--${name}-lt`, `--${name}-eq`] }),
  value(`--${name}-eq`, kinds.number(8), { without: [`--${name}-gt`, `--${name}-lt`], invertible: true }),
  value(`--${name}`, kinds.number(8), { as: `--${name}-eq` }),
]

/** `-m ttl`. */
export const ttl: MatchExtension = {
  ...kept,
  family: 'ipv4',
  options: comparisons('ttl'),
  check: needsAny('--ttl-eq, --ttl-lt or --ttl-gt'),
}
