import { part } from '../../words/values.ts'
import { withoutServiceNames } from '../../words/services.ts'
import { type Word, wrongWord } from '../../words/payload-words.ts'
import type { MatchExtension } from '../extension.ts'
import { isService, isServiceName, serviceNumber } from '../port-kinds.ts'
import { byOption } from '../lowering.ts'
import { portOptions } from '../ports.ts'

/** getaddrinfo(3) reads them: decimal always, cut down to 16 bits, in any order (xtopt_parse_mport). */
function readPorts(word: Word): { first: number; last: number } | undefined {
  const parts = word.text.split(':')
  if (parts.length > 2) throw wrongWord(word, `'${word.text}' is no port and no range of ports`)
  const strange = parts.find((one) => one !== '' && !isService(one))
  if (strange !== undefined)
    throw wrongWord(part(word, strange), `'${strange}' is no port; ports are numbers up to 65535`)
  const known = withoutServiceNames(word.text, 'udp').split(':')
  if (known.some(isServiceName)) return undefined
  const [first = 0, last = first] = known.map((one, index) =>
    one === '' ? (index === 0 ? 0 : 65535) : (serviceNumber(one) ?? 0),
  )
  return { first, last }
}

/** `-m udp` */
export const udp: MatchExtension = { options: portOptions(readPorts), protocols: [17], tracks: false, lower: byOption }
