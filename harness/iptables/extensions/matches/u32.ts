import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'
import { leadingNumber } from '../../words/c-numbers.ts'

const operators = ['&', '<<', '>>', '@']
const mostTests = 10

/** `LOCATION=VALUES&&…`, as u32_parse in extensions/libxt_u32.c reads it. */
function isU32(written: string): boolean {
  let rest = written
  const skip = (): void => {
    rest = rest.replace(/^[ \t\n\v\f\r]+/, '')
  }
  const takeNumber = (): boolean => {
    const found = leadingNumber(rest)
    if (found === undefined || found.value > 0xffffffffn) return false
    rest = found.rest
    return true
  }
  const take = (what: string): boolean => {
    if (!rest.startsWith(what)) return false
    rest = rest.slice(what.length)
    return true
  }
  for (let tests = 0; ; tests += 1) {
    if (tests > mostTests) return false
    let operands = 0
    for (skip(); !(operands > 0 && take('=')); skip()) {
      if (operands > 0 && !operators.some(take)) return false
      operands += 1
      if (!takeNumber() || operands > mostTests) return false
    }
    let values = 0
    for (skip(); ; skip()) {
      if (rest === '') return values > 0 && tests < mostTests
      if (values > 0 && take('&&')) break
      if (values > 0 && !take(',')) return false
      if (!takeNumber()) return false
      skip()
      if (take(':') && !takeNumber()) return false
      values += 1
      if (values > mostTests) return false
    }
  }
}

/** `-m u32`. */
export const u32: MatchExtension = {
  ...kept,
  options: [value('--u32', kinds.kind('a test; write LOCATION=VALUES', isU32), mustNot)],
}
