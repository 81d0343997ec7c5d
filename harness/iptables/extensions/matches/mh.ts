import { wholeNumber } from '../../words/c-numbers.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

const mhNames =
  'binding-refresh-request brr home-test-init hoti careof-test-init coti home-test hot careof-test cot binding-update bu binding-acknowledgement ba binding-error be'.split(
    ' ',
  )

const mhType = (written: string): boolean =>
  mhNames.some((name) => name.startsWith(written.toLowerCase())) || wholeNumber(written, 255) !== undefined

const mhTypes = kinds.kind('a type of mobility header, or two with a colon between', (written) => {
  const parts = written.split(':')
  const [first, last] = parts.map((part) => wholeNumber(part, 255))
  return (
    parts.length <= 2 &&
    parts.every((part) => part === '' || mhType(part)) &&
    !(first !== undefined && last !== undefined && last < first)
  )
})

/** `-m mh`. */
export const mh: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: [value('--mh-type', mhTypes, not)],
  protocols: [135],
}
