import { wholeNumber } from '../../words/c-numbers.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, mustNot, value } from '../option.ts'

/** A bit of 128, cut down to 16 bits, or a name of one. */
function isLabel(written: string): boolean {
  const number = wholeNumber(written, kinds.largest[64])
  if (number === undefined) return /^[A-Za-z]/.test(written)
  return BigInt.asIntN(32, number) >= 0n && BigInt.asUintN(16, number) < 128n
}

/** `-m connlabel`. */
export const connlabel: MatchExtension = {
  ...kept,
  options: [
    value(
      '--label',
      kinds.kind('a label: a number up to 127, or its name', (written) => isLabel(written)),
      mustNot,
    ),
    flag('--set'),
  ],
}
