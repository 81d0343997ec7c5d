import { inputError } from '../../core/errors.ts'
import { checkPayloadLine } from '../../iptables/bounds.ts'
import { place } from '../../iptables/expand.ts'
import { isTableName } from '../../iptables/tree.ts'
import { type BareBlock, closeBare } from './blocks/bare.ts'
import { closeListing, ListingBlock } from './blocks/listing.ts'
import { refuseForeign } from './foreign.ts'
import { type Above, type Found, nothingAbove, type ReadingOptions } from './found.ts'
import { markOf } from './marks.ts'
import { mended } from './mend.ts'
import type { Built } from './pods/flags.ts'
import { isShell, ScriptRunner } from './shell/run.ts'
import { looksLikeRule } from './text/kinds.ts'
import { cut, type Line, placeIn } from './text/line.ts'
import { type Peeled, peel, trimmed } from './text/peel.ts'
import { saysEveryPolicy, toldBy, type Unit } from './units.ts'

/** Reads a text line by line: what is a rule, what says whose the rules are, and what is neither. */
export class Reader {
  readonly #options: ReadingOptions
  readonly found: Found = { units: [], steps: [], routing: [], damages: [], notes: [], passedOver: [], hashed: 0, comments: [] }
  readonly #runner: ScriptRunner
  #above: Above = nothingAbove
  #payload: { table: string; lines: Line[]; first: number } | undefined
  #bare: BareBlock | undefined
  #listing: ListingBlock | undefined
  #peeled: Peeled[] = []
  /** The last line of rules, whatever they were written as. */
  #lastRule = 0

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#runner = new ScriptRunner(options, {
      payload: (lines, told) => this.#takeDocument(lines, told),
      unit: (unit) => {
        this.#close()
        this.found.units.push(unit)
        this.#lastRule = unit.last
      },
      output: (above) => {
        this.#close()
        // With two commands in a row, it is unclear which one printed what follows.
        const isOnlyOne = !this.#above.isEcho || above.at - this.#above.at > 1 || this.#above.family === above.family
        this.#above = isOnlyOne ? { ...above, isHead: false, isEcho: true } : { at: above.at, isHead: false, isEcho: true }
        this.#options.tally.add('commands')
      },
      found: this.found,
    })
  }

  /** Takes what a builder makes of flags. */
  take({ payloads, damages, notes }: Built): void {
    for (const { family, lines } of payloads) this.#takeDocument(lines, { at: lines[0]?.number ?? 1, told: [family], isLiteral: true })
    this.found.damages.push(...damages)
    this.found.notes.push(...notes)
  }

  /** @param lines of a text, or of one script in it. @param environment of a script, whose every line is a shell's. */
  read(lines: readonly Line[], environment?: ReadonlyMap<string, string>): void {
    const isScript = environment !== undefined || /^#!.*\b(?:ba|z|a|da)?sh\b/.test(lines[0]?.text ?? '')
    this.#runner.begin(environment ?? new Map())
    this.#peeled = lines.map((line) => this.#peel(line))
    const outers = this.#peeled.map(({ outer }) => outer)
    for (let index = 0; index < this.#peeled.length; ) index = this.#line(index, outers, isScript)
    this.#close()
    this.#runner.end()
    this.#above = nothingAbove
  }

  #peel(line: Line): Peeled {
    const peeled = peel(line)
    const { core } = peeled
    if (!this.#options.isRoots || peeled.kind !== 'comment') return peeled
    const [sign = ''] = /^#\s+(?=(?:sudo\s|kubectl\s|nsenter\s|(?:[\w./-]*\/)?ip6?tables\b))/.exec(core.text) ?? []
    return sign === '' ? peeled : peel(cut(core, sign.length))
  }

  /** @returns the next line's index. */
  #line(index: number, outers: Line[], isScript: boolean): number {
    const { core, kind, outer } = this.#peeled[index] as Peeled
    const next = index + 1
    switch (kind) {
      case 'blank':
        if (outer.text !== '' && this.#payload !== undefined) this.#options.tally.add('trailing')
        if (this.#listing !== undefined) this.#listing.blank()
        return next
      case 'table':
        this.#openTable(core, index)
        return next
      case 'chain':
      case 'rule':
        this.#takeRule(index)
        return next
      case 'commit':
        this.#commit(index)
        return next
      case 'comment':
        this.#comment(core, this.#peeled[index]?.layers ?? [])
        return next
      case 'listing':
        this.#openListing(core, index)
        return next
      case 'command':
        return this.#shell(index, outers)
      default:
        return this.#other(index, outers, isScript)
    }
  }

  #shell(index: number, outers: Line[]): number {
    const { core, layers } = this.#peeled[index] as Peeled
    this.#tell(layers.filter((layer) => layer !== 'indented'))
    // The first line begins where the command does; the others are its continuation.
    const outer = outers[index] as Line
    outers[index] = core
    const next = this.#runner.run(outers, index, outer.text.length - outer.text.trimStart().length, layers.includes('logs'))
    outers[index] = outer
    return Math.max(next, index + 1)
  }

  #tell(layers: readonly string[]): void {
    for (const layer of layers) this.#options.tally.add(layer)
  }

  #openTable(core: Line, index: number): void {
    this.#close()
    this.#tell(this.#peeled[index]?.layers ?? [])
    this.#payload = { table: core.text.slice(1).trim().split(/[ \t]/)[0] ?? '', lines: [core], first: core.number }
    this.#lastRule = core.number
  }

  #takeRule(index: number): void {
    const { core: written, kind, layers } = this.#peeled[index] as Peeled
    checkPayloadLine(written.text, written.number)
    const core = this.#options.isWritten ? written : mended(written, (damage) => this.found.damages.push(damage))
    this.#lastRule = core.number
    this.#tell(layers)
    if (this.#payload !== undefined) {
      this.#payload.lines.push(core)
      return
    }
    if (this.#options.isWritten)
      throw inputError(
        place(core.number, placeIn(core, 1).column),
        `stands outside any table: ${JSON.stringify(core.text.length > 60 ? `${core.text.slice(0, 60)}…` : core.text)}`,
        "a payload has a line such as '*nat' first and COMMIT last",
      )
    this.#closeListing()
    this.#bare ??= { lines: [], above: this.#above, hasChainLines: false }
    this.#bare.lines.push(core)
    if (kind === 'chain') this.#bare.hasChainLines = true
  }

  #commit(index: number): void {
    const { core, layers, outer } = this.#peeled[index] as Peeled
    this.#lastRule = core.number
    const strict = this.#options.isWritten ? outer : core
    if (outer.text.trimEnd() !== outer.text) this.#options.tally.add('trailing')
    this.#tell(layers)
    if (this.#payload !== undefined) {
      this.#payload.lines.push(/^\s*COMMIT\s*$/.test(strict.text) ? trimmed(strict) : core)
      this.#closePayload()
    } else if (this.#bare !== undefined) {
      this.#bare.isCommitted = true
      this.#closeBare()
    } else
      throw inputError(
        place(core.number, placeIn(core, 1).column),
        'stands outside any table: COMMIT',
        "a payload has a line such as '*nat' first",
      )
  }

  #comment(core: Line, layers: readonly string[]): void {
    const mark = markOf(core.text)
    if (mark !== undefined || this.#payload !== undefined) this.#tell(layers)
    if (mark === undefined) {
      if (/^#+\s*(?:sudo\s|kubectl\s|nsenter\s)?(?:\S+\s)*?(?:[\w./-]*\/)?ip6?tables\b.*\s-\w/.test(core.text)) this.found.hashed += 1
      if (this.#payload === undefined) this.found.comments.push({ line: core })
      else this.#payload.lines.push(core)
      return
    }
    if (this.#payload !== undefined && mark.kind !== 'head' && mark.kind !== 'end') {
      this.#payload.lines.push(core)
      return
    }
    this.#mark(mark, core.number)
    this.found.comments.push({ line: core, ...('family' in mark && mark.family && { family: mark.family }) })
  }

  #mark(mark: NonNullable<ReturnType<typeof markOf>>, at: number): void {
    this.#close()
    if (mark.kind === 'end') {
      this.#above = { ...this.#above, isHead: false, isEcho: false, ...(this.#above.isHead && { at: 0 }) }
      if (this.#above.at === 0) this.#above = nothingAbove
      const last = this.found.units.at(-1)
      if (last !== undefined && last.command === undefined) last.isSnapshot = true
    } else if (mark.kind === 'head') {
      const { family, backend } = mark
      const own = family ?? this.#above.family
      this.#above = { at, isHead: true, isEcho: false, ...(own && { family: own }), ...(backend && { backend }) }
    } else if (mark.kind !== 'prompt') this.#above = { at, family: mark.family, isHead: false, isEcho: mark.kind === 'command' }
  }

  #openListing(core: Line, index: number): void {
    this.#tell(this.#peeled[index]?.layers.filter((layer) => layer !== 'indented') ?? [])
    if (this.#payload !== undefined || this.#bare !== undefined) this.#close()
    if (this.#listing?.startsAnew(core) === true) this.#closeListing()
    this.#listing ??= new ListingBlock(this.#above, core.number)
    this.#listing.head(core)
    this.#lastRule = core.number
  }

  #other(index: number, outers: Line[], isScript: boolean): number {
    const { core, outer, layers } = this.#peeled[index] as Peeled
    const next = index + 1
    if (this.#listing?.takes(core)) {
      this.#tell(layers.filter((layer) => layer !== 'indented'))
      this.#lastRule = core.number
      this.#listing.row(core)
      return next
    }
    if (this.#options.isWritten) {
      checkPayloadLine(outer.text, outer.number)
      if (this.#payload === undefined)
        throw inputError(
          place(core.number, placeIn(core, 1).column),
          `cannot be part of a payload: ${JSON.stringify(core.text.slice(0, 60))}`,
        )
      this.#payload.lines.push(outer)
      return next
    }
    if (this.#failed(core)) return next
    refuseForeign(core)
    if (isShell(core.text, isScript)) return this.#shell(index, outers)
    const mark = markOf(core.text)
    if (mark !== undefined) {
      this.#options.tally.add(mark.kind === 'prompt' ? 'prompts' : mark.kind === 'heading' ? 'headings' : 'commands')
      if (mark.kind === 'heading' && this.#payload !== undefined) return next
      this.#mark(mark, core.number)
      return next
    }
    if (this.#eatenTable(core, index) || this.#dots(core, index)) return next
    if (/^(?:```|~~~)/.test(core.text)) {
      this.#options.tally.add('fences')
      this.#fence()
      return next
    }
    if (looksLikeRule(core.text))
      throw inputError(
        place(core.number, placeIn(core, 1).column),
        `looks like a rule, but cannot be read: ${JSON.stringify(core.text.slice(0, 60))}`,
        'take away what stands around it, or leave the line out',
      )
    if (isScript) this.#runner.passOver(core.text)
    this.found.passedOver.push(outer)
    return next
  }

  /** What iptables says when it refuses a command: in a log of commands, the one above has done nothing. */
  #failed(core: Line): boolean {
    if (!/^(?:[\w./-]*\/)?ip6?tables(?:-nft|-legacy)?(?: v[\d.]+(?: \(\w+\))?)?: (?!line)\S/.test(core.text)) return false
    const last = this.found.units.at(-1)
    this.found.passedOver.push(core)
    if (last?.command === undefined || core.number - last.last > 2) return true
    this.found.units.pop()
    this.found.notes.push(`left out: line ${last.first}, which iptables refused where it was run`)
    return true
  }

  /** What stands behind a fence is another text. */
  #fence(): void {
    this.#close()
    this.#above = nothingAbove
  }

  /** Markdown takes `*nat … *filter` for emphasis, and a star alone for a list. */
  #eatenTable(core: Line, index: number): boolean {
    if (!isTableName(core.text)) return false
    const following = this.#peeled.slice(index + 1, index + 6).find(({ kind }) => kind !== 'blank' && kind !== 'comment')
    if (following === undefined || !['rule', 'chain', 'commit'].includes(following.kind)) return false
    this.found.damages.push({
      ...placeIn(core, 1),
      what: `the '*' is missing before '${core.text}'`,
      assumed: `it is read as '*${core.text}'`,
    })
    this.#close()
    this.#payload = { table: core.text, lines: [{ ...core, text: `*${core.text}` }], first: core.number }
    return true
  }

  /** Dots beside rules stand for rules. */
  #dots(core: Line, index: number): boolean {
    if (!/^[#/\s]*(?:\[?\(?(?:\.{2,}|…|<?snip(?:ped)?>?|<?truncated>?)\)?\]?|-+\s*(?:snip|8<)\s*-+)$/i.test(core.text)) return false
    const ahead = this.#peeled.slice(index + 1, index + 4).find(({ kind }) => kind !== 'blank')
    const isBeside =
      (this.#lastRule > 0 && core.number - this.#lastRule <= 2) || ['rule', 'chain', 'commit', 'listing'].includes(ahead?.kind ?? '')
    if (!isBeside) return false
    this.found.damages.push({
      ...placeIn(core, 1),
      what: `'${core.text}' stands where something was left out`,
      assumed: 'nothing of importance is missing there',
    })
    return true
  }

  #takeDocument(lines: readonly Line[], told: Partial<Unit> & { at: number }): void {
    this.#close()
    const { at, ...own } = told
    let open: Line[] | undefined
    const end = (): void => {
      if (open === undefined) return
      const [head] = open
      const table = head?.text.slice(1).trim().split(/[ \t]/)[0] ?? ''
      this.found.units.push({
        table,
        lines: open,
        first: open[0]?.number ?? at,
        last: open.at(-1)?.number ?? at,
        isSnapshot: false,
        toldAt: at,
        ...own,
      })
      open = undefined
    }
    for (const written of lines) {
      const isTrailed = /^(?:COMMIT)?[ \t]+$/.test(written.text)
      if (isTrailed) this.#options.tally.add('trailing')
      const line = isTrailed ? trimmed(written) : written
      if (line.text.startsWith('*')) {
        end()
        open = [line]
      } else if (open !== undefined) {
        open.push(line)
        if (line.text === 'COMMIT') end()
      } else if (line.text !== '' && !line.text.startsWith('#'))
        throw inputError(
          place(line.number, placeIn(line, 1).column),
          `stands outside any table: ${JSON.stringify(line.text.slice(0, 60))}`,
          "a payload has a line such as '*nat' first and COMMIT last",
        )
    }
    end()
    this.#lastRule = lines.at(-1)?.number ?? at
  }

  #close(): void {
    this.#closePayload()
    this.#closeBare()
    this.#closeListing()
  }

  #closePayload(): void {
    const payload = this.#payload
    if (payload === undefined) return
    this.#payload = undefined
    const { table, lines, first } = payload
    const { backend, isHead } = this.#above
    const own = this.#toldOf(lines, table)
    if (lines.at(-1)?.text !== 'COMMIT' && !this.#options.isWritten && lines.at(-1)?.text.startsWith('COMMIT') !== true)
      this.#missingCommit(lines, table)
    this.found.units.push({
      table,
      first,
      last: lines.at(-1)?.number ?? first,
      lines,
      ...own,
      isSnapshot: isHead || saysEveryPolicy(table, lines),
      ...(backend && { backend }),
    })
    this.#above = { ...this.#above, isHead: false }
  }

  /** The lines above a table show its family; an echoed command may have printed something else. */
  #toldOf(lines: readonly Line[], table: string): Pick<Unit, 'told' | 'toldAt'> {
    const { family, isEcho, at } = this.#above
    if (family === undefined) return toldBy(lines, table, this.#options.isWritten)
    const { told } = isEcho ? toldBy(lines, table, true) : {}
    return told?.length === 1 && told[0] !== family ? toldBy(lines, table, false) : { told: [family], toldAt: at }
  }

  #missingCommit(lines: Line[], table: string): void {
    const last = lines.at(-1)
    if (last === undefined) return
    this.found.damages.push({
      line: last.number + 1,
      column: 1,
      what: `COMMIT is missing: nothing of table ${table} is loaded without it`,
      assumed: 'it ends there',
    })
    lines.push({ text: 'COMMIT', number: last.number, shifts: [] })
  }

  #closeBare(): void {
    const bare = this.#bare
    if (bare === undefined) return
    this.#bare = undefined
    closeBare(bare, this.found)
    this.#above = { ...this.#above, isHead: false }
  }

  #closeListing(): void {
    const listing = this.#listing
    if (listing === undefined) return
    this.#listing = undefined
    closeListing(listing, this.found)
  }
}
