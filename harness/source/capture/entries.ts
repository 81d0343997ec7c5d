import type { Damage } from './damage.ts'
import type { Unit } from './units.ts'

/** Every chain that packets enter by themselves, in whatever table (iptables(8)). */
const entered = /\b(?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)\b/
const appended = /^(?:\[\d+:\d+\]\s*)?(?:-[AI]|--append|--insert)\s+(\S+)/

const textsOf = ({ lines, command }: Unit): string[] => [
  ...lines.map(({ text }) => text),
  ...(command === undefined ? [] : [command.words.map(({ text }) => text).join(' ')]),
]

/**
 * What iptables has printed of a mesh's chains alone, without those of the kernel's that lead there: somebody has
 * copied a part. Where those are shown and lead nowhere, that is another matter.
 */
export function withoutEntries(units: readonly Unit[]): Damage[] {
  const whole = new Set(units.flatMap((unit) => (textsOf(unit).some((text) => entered.test(text)) ? unit.table : [])))
  return units.flatMap(({ table, lines, isPrinted }): Damage[] => {
    const first = lines.find(({ text }) => appended.test(text))
    if (isPrinted === undefined || first === undefined || whole.has(table)) return []
    const [, chain] = appended.exec(first.text) ?? []
    return [
      {
        line: first.number,
        column: 1,
        what: `no chain that packets enter, such as PREROUTING or OUTPUT, is shown of table ${table}, so nothing tells what gets to ${chain}`,
        assumed: 'nothing gets there',
      },
    ]
  })
}
