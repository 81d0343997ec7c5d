import type { Statement } from '../../netfilter/statement.ts'

const allBits = 0xffff_ffff

/** Whether it changes some bits of a mark and leaves the others. */
export function isPartialMark(statement: Statement): boolean {
  if (statement.kind === 'mark' || statement.kind === 'tproxy')
    return statement.mask !== allBits && statement.mask + statement.value !== 0
  if (statement.kind !== 'connmark') return false
  return statement.action === 'set'
    ? statement.mask !== allBits
    : statement.nfmask !== allBits || statement.ctmask !== allBits
}
