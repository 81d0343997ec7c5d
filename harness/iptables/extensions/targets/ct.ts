import type { StatementOf } from '../../../netfilter/statement.ts'
import { wholeNumber } from '../../words/c-numbers.ts'
import { readNumber } from '../../words/values.ts'
import { wrongWord } from '../../words/payload-words.ts'
import { knownTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'

const zone: kinds.Kind = {
  what: "a zone: a number from 0 to 65535, or 'mark'",
  accepts: (text) => text.toLowerCase() === 'mark' || wholeNumber(text, 65535) !== undefined,
}
const events = (...names: readonly string[]): kinds.Kind => ({
  what: `a list of ${names.join(', ')}`,
  accepts: (text) => text.split(',').every((name) => names.includes(name)),
})
const directions = { '--zone': 'both', '--zone-orig': 'original', '--zone-reply': 'reply' } as const
const optionOf = { both: '--zone', original: '--zone-orig', reply: '--zone-reply' } as const

/** `-j CT` */
export const ct = knownTarget<StatementOf<'notrack' | 'zone'>>({
  options: [
    flag('--notrack'),
    value('--helper', kinds.text()),
    value('--timeout', kinds.text()),
    value(
      '--ctevents',
      events('new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark', 'natseqinfo', 'secmark'),
    ),
    value('--expevents', events('new')),
    ...Object.keys(directions).map((name) => value(name, zone)),
  ],
  tables: ['raw'],
  read: (options, at, { protocol, otherProtocols }) => {
    const ofProtocol = ['--helper', '--timeout'].find((name) => options.has(name) && options.get(name)?.text !== '')
    if (ofProtocol !== undefined && (protocol === 0 || otherProtocols))
      throw wrongWord(at, `CT needs -p beside ${ofProtocol}`)
    const [[name, word] = [], second] = options
    if (second !== undefined) return undefined
    if (name === undefined) return { kind: 'zone', direction: 'both', zone: 0 }
    if (name === '--notrack') return { kind: 'notrack' }
    if (!(name in directions) || word === undefined || word.text.toLowerCase() === 'mark') return undefined
    return {
      kind: 'zone',
      direction: directions[name as keyof typeof directions],
      zone: readNumber(word, 'zone', 65535),
    }
  },
  print: (tracking) => {
    if (tracking.kind === 'notrack') return '--notrack'
    return tracking.zone > 0 ? `${optionOf[tracking.direction]} ${tracking.zone}` : ''
  },
  lower: (tracking) => tracking,
})
