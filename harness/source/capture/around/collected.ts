import type { Family } from '../../../core/address.ts'
import { type Backend, familyOfTool } from '../../../flow/backend.ts'
import type { Damage } from '../damage.ts'
import type { Line } from '../text/line.ts'
import type { Unit } from '../units.ts'
import { OwnNftTables } from './nft-section.ts'

/** A line that `sidetrack collect` puts between what programs print: what follows, or what could not be had. */
export interface Header {
  kind: 'collect' | 'section' | 'missing' | 'failed' | 'cut' | 'end'
  /** The program or command that it is about; behind a colon, why. */
  about: string
}

const form = /^## sidetrack (collect|section|missing|failed|cut|end)(?:: (.{1,500})| \d+(?: .*)?)?$/

export function headerOf(text: string): Header | undefined {
  const [, kind, about = ''] = form.exec(text) ?? []
  return kind === undefined ? undefined : { kind: kind as Header['kind'], about }
}

/** One of iptables' save programs, as it was called in the pod. */
interface Save {
  program: string
  family: Family
  backend?: Backend
  line: number
  /** How many parts the text had before it. */
  before: number
}

/** What a text says of itself that `sidetrack collect` has printed: it is whole, and one state of one pod. */
export class Collected {
  #first: number | undefined
  #last = 0
  #isEnded = false
  #isVersions = false
  #nft: OwnNftTables | undefined
  readonly #saves: Save[] = []
  readonly #lacking: { program: string; line: number; why: string }[] = []
  readonly damages: Damage[] = []

  get isOne(): boolean {
    return this.#first !== undefined
  }

  /** Programs that were not there, or failed. */
  get lacking(): readonly { program: string; line: number; why: string }[] {
    return this.#lacking
  }

  /** @param units what the text has said so far. */
  header({ kind, about }: Header, { number }: Line, units: readonly Unit[]): void {
    this.#first ??= number
    this.#last = number
    this.#leave()
    if (kind === 'end') this.#isEnded = true
    if (kind === 'missing' || kind === 'failed') {
      const [program = '', ...why] = about.split(': ')
      this.#lacking.push({
        program,
        line: number,
        why: kind === 'missing' ? 'is not there' : `failed: ${why.join(': ')}`,
      })
      if (kind === 'missing' && why.length > 0)
        this.damages.push({
          line: number,
          column: 1,
          what: `${program} was not there, and ${why.join(': ')}`,
          assumed: 'there are no rules in them',
        })
    }
    if (kind === 'cut')
      this.damages.push({
        line: number,
        column: 1,
        what: `what ${about} printed is cut off there`,
        assumed: 'nothing of importance is missing',
      })
    if (kind !== 'section') return
    this.#isVersions = about === 'versions'
    if (about === 'nft list ruleset') this.#nft = new OwnNftTables()
    const [program, backend] = /^ip6?tables(?:-(nft|legacy))?-save\b/.exec(about) ?? []
    if (program === undefined) return
    this.#saves.push({
      program,
      family: familyOfTool(program),
      line: number,
      before: units.length,
      ...(backend && { backend: backend as Backend }),
    })
  }

  /** @returns whether it is a line of a section that is about something else than rules. */
  takes(line: Line): boolean {
    if (!this.isOne || this.#isEnded) return false
    this.#last = line.number
    if (this.#nft !== undefined) this.#nft.take(line)
    return this.#isVersions || this.#nft !== undefined
  }

  #leave(): void {
    this.#isVersions = false
    this.damages.push(...(this.#nft?.strange ?? []))
    this.#nft = undefined
  }

  /** Ends the text. @param units all that it says. @returns tables of which it says that there are no rules in them. */
  end(units: readonly Unit[]): Unit[] {
    if (!this.isOne) return []
    this.#leave()
    if (!this.#isEnded)
      this.damages.push({
        line: this.#last + 1,
        column: 1,
        what: "its last line, '## sidetrack end', is missing: it is cut off",
        assumed: 'nothing of importance is missing',
      })
    const isLacking = (save: Save): boolean => this.#lacking.some(({ program }) => program === save.program)
    const failed = this.#lacking
      .filter(({ why }) => why.startsWith('failed'))
      .map(({ program }) => familyOfTool(program))
    return this.#saves.flatMap((save, index) => {
      const next = this.#saves[index + 1]?.before ?? units.length
      // iptables-legacy-save calls itself iptables-save.
      for (const unit of units.slice(save.before, next)) if (save.backend !== undefined) unit.backend ??= save.backend
      if (next > save.before || isLacking(save) || failed.includes(save.family)) return []
      const line = (text: string): Line => ({ text, number: save.line, shifts: [] })
      return [
        {
          table: 'filter',
          lines: [line('*filter'), line('COMMIT')],
          first: save.line,
          last: save.line,
          told: [save.family],
          toldAt: save.line,
          isSnapshot: true,
          ...(save.backend && { backend: save.backend }),
        },
      ]
    })
  }
}
