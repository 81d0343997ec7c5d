import { type Above, type Found, nothingAbove, type ReadingOptions } from '../found.ts'
import type { Mark } from '../marks.ts'
import { type Line, placeIn } from '../text/line.ts'
import { type Peeled, trimmed } from '../text/peel.ts'
import type { Unit } from '../units.ts'
import { type BareBlock, closeBare } from './bare.ts'
import { closeListing, ListingBlock } from './listing.ts'
import { closePayload, documentUnits, openPayload, outsideTables, type PayloadBlock } from './payload.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

/** The rules of a text as they are put together line by line: what is open, and what has been said above it. */
export class Blocks {
  above: Above = nothingAbove
  /** The last line of rules, whatever they were written as. */
  lastRule = 0
  readonly #found: Found
  readonly #options: Pick<ReadingOptions, 'isWritten' | 'tally'>
  #payload: PayloadBlock | undefined
  #bare: BareBlock | undefined
  #listing: ListingBlock | undefined

  constructor(found: Found, options: Pick<ReadingOptions, 'isWritten' | 'tally'>) {
    this.#found = found
    this.#options = options
  }

  get isInTable(): boolean {
    return this.#payload !== undefined
  }

  /** `*nat` */
  table(head: Line): void {
    this.close()
    this.#payload = openPayload(head)
    this.lastRule = head.number
  }

  /** Any line, into the table that is open. @returns whether one is. */
  inTable(line: Line): boolean {
    this.#payload?.lines.push(line)
    return this.#payload !== undefined
  }

  /** `-A …` or `:CHAIN …`. @throws HarnessError (`input`) outside of tables, where nothing is completed. */
  rule(line: Line, isChain: boolean): void {
    this.lastRule = line.number
    if (this.inTable(line)) return
    if (this.#options.isWritten)
      throw outsideTables(line, line.text.length > 60 ? `${line.text.slice(0, 60)}…` : line.text)
    this.#closeListing()
    this.#bare ??= { lines: [], above: this.above, hasChainLines: false }
    this.#bare.lines.push(line)
    if (isChain) this.#bare.hasChainLines = true
  }

  /** @throws HarnessError (`input`) where nothing is open. */
  commit({ core, outer }: Pick<Peeled, 'core' | 'outer'>): void {
    this.lastRule = core.number
    const strict = this.#options.isWritten ? outer : core
    if (this.#payload !== undefined) {
      this.#payload.lines.push(/^\s*COMMIT\s*$/.test(strict.text) ? trimmed(strict) : core)
      this.#closePayload()
    } else if (this.#bare !== undefined) {
      this.#bare.isCommitted = true
      this.#closeBare()
    } else
      throw wrongAt(placeIn(core, 1), 'stands outside any table: COMMIT', "a payload has a line such as '*nat' first")
  }

  /** `Chain OUTPUT (policy ACCEPT)` */
  chain(head: Line): void {
    if (this.#payload !== undefined || this.#bare !== undefined) this.close()
    if (this.#listing?.startsAnew(head) === true) this.#closeListing()
    this.#listing ??= new ListingBlock(this.above, head.number)
    this.#listing.head(head)
    this.lastRule = head.number
  }

  /** Whether the line above this one is a row of the listing that is open. */
  isBelowRow({ number }: Line): boolean {
    return this.#listing?.columns !== undefined && this.lastRule === number - 1
  }

  /** @returns whether it is a line of the listing that is open. */
  row(line: Line): boolean {
    if (this.#listing?.takes(line) !== true) return false
    this.lastRule = line.number
    this.#listing.row(line)
    return true
  }

  /** What iptables-restore reads in one go. */
  document(lines: readonly Line[], told: Partial<Unit> & { at: number }): void {
    this.close()
    for (const unit of documentUnits(lines, told, () => this.#options.tally.add('trailing')))
      this.#found.units.push(unit)
    this.lastRule = lines.at(-1)?.number ?? told.at
  }

  /** What a command does. */
  command(unit: Unit): void {
    this.close()
    this.#found.units.push(unit)
    this.lastRule = unit.last
  }

  /** A command whose output follows. */
  echo(above: Pick<Above, 'at' | 'family' | 'table' | 'backend'>): void {
    this.close()
    // With two commands in a row, it is unclear which one printed what follows.
    const isOnlyOne = !this.above.isEcho || above.at - this.above.at > 1 || this.above.family === above.family
    this.above = isOnlyOne ? { ...above, isHead: false, isEcho: true } : { at: above.at, isHead: false, isEcho: true }
  }

  mark(mark: Mark, at: number): void {
    this.close()
    if (mark.kind === 'end') {
      this.above = { ...this.above, isHead: false, isEcho: false, ...(this.above.isHead && { at: 0 }) }
      if (this.above.at === 0) this.above = nothingAbove
      const last = this.#found.units.at(-1)
      if (last !== undefined && last.command === undefined) last.isSnapshot = true
    } else if (mark.kind === 'head') {
      const { family, backend } = mark
      const own = family ?? this.above.family
      // iptables-legacy-save calls itself iptables-save: the command above tells more.
      const loader = backend ?? (this.above.isEcho ? this.above.backend : undefined)
      this.above = { at, isHead: true, isEcho: false, ...(own && { family: own }), ...(loader && { backend: loader }) }
    } else if (mark.kind !== 'prompt')
      this.above = {
        at,
        family: mark.family,
        isHead: false,
        isEcho: mark.kind === 'command',
        ...(mark.backend && { backend: mark.backend }),
      }
  }

  /** What follows is another text. */
  end(): void {
    this.close()
    this.above = nothingAbove
  }

  close(): void {
    this.#closePayload()
    this.#closeBare()
    this.#closeListing()
  }

  #closePayload(): void {
    const payload = this.#payload
    if (payload === undefined) return
    this.#payload = undefined
    closePayload(payload, this.above, this.#options.isWritten, this.#found)
    this.above = { ...this.above, isHead: false }
  }

  #closeBare(): void {
    const bare = this.#bare
    if (bare === undefined) return
    this.#bare = undefined
    closeBare(bare, this.#found)
    this.above = { ...this.above, isHead: false }
  }

  #closeListing(): void {
    const listing = this.#listing
    if (listing === undefined) return
    this.#listing = undefined
    closeListing(listing, this.#found)
  }
}
