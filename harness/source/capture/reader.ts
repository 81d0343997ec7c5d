import { checkPayloadLine } from '../../iptables/words/bounds.ts'
import { Around } from './around/around.ts'
import { Collected, headerOf } from './around/collected.ts'
import { echoOf, sectionEcho } from './around/echo.ts'
import { Blocks } from './blocks/blocks.ts'
import { goesOnRow, withWholeRows } from './blocks/wrapped-rows.ts'
import { refuseForeign } from './foreign.ts'
import type { Found, ReadingOptions } from './found.ts'
import { eatenStar, leftOut } from './lost.ts'
import { markOf } from './marks.ts'
import { inAscii, mended } from './mend.ts'
import type { Built } from './pods/flags.ts'
import { Sets } from './sets/sets.ts'
import { isShell } from './shell/is-shell.ts'
import { ScriptRunner } from './shell/run.ts'
import { announcedFile, isOptionsAlone, looksLikeRule } from './text/kinds.ts'
import { cut, indentationOf, type Line, placeIn } from './text/line.ts'
import { type Peeled, peel } from './text/peel.ts'
import { wrongAt } from '../../iptables/words/place.ts'

/** Reads a text line by line: what is a rule, what says whose the rules are, and what is neither. */
export class Reader {
  readonly #options: ReadingOptions
  readonly found: Found = {
    units: [],
    steps: [],
    routing: [],
    around: new Around(),
    sets: new Sets(),
    collected: new Collected(),
    damages: [],
    notes: [],
    passedOver: [],
    calls: [],
    unread: [],
    hashed: 0,
    comments: [],
  }
  readonly #runner: ScriptRunner
  readonly #blocks: Blocks
  #peeled: Peeled[] = []
  #longest: { width: number | undefined } | undefined

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#blocks = new Blocks(this.found, options)
    this.#runner = new ScriptRunner(options, {
      payload: (lines, told) => this.#blocks.document(lines, told),
      unit: (unit) => this.#blocks.command(unit),
      output: (above) => {
        this.#blocks.echo(above)
        options.tally.add('commands')
      },
      found: this.found,
    })
  }

  /** Takes what a builder makes of flags. */
  take({ payloads, damages, notes }: Built): void {
    for (const { family, lines } of payloads)
      this.#blocks.document(lines, { at: lines[0]?.number ?? 1, told: [family], isLiteral: true })
    this.found.damages.push(...damages)
    this.found.notes.push(...notes)
  }

  /** @param lines of a text, or of one script in it. @param environment of a script, whose every line is a shell's. */
  read(lines: readonly Line[], environment?: ReadonlyMap<string, string>): void {
    const isScript = environment !== undefined || /^#!.*\b(?:ba|z|a|da)?sh\b/.test(lines[0]?.text ?? '')
    this.#runner.begin(environment ?? new Map())
    this.#peeled = withWholeRows(
      lines.map((line) => this.#peel(line)),
      (count) => this.#options.tally.add('wrapped', count),
    )
    this.#longest = undefined
    const outers = this.#peeled.map(({ outer }) => outer)
    for (let index = 0; index < this.#peeled.length; ) index = this.#line(index, outers, isScript)
    this.#blocks.end()
    this.#runner.end()
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
    const { core, kind, outer, layers } = this.#peeled[index] as Peeled
    const next = index + 1
    const header = kind === 'comment' && !this.#options.isWritten ? headerOf(core.text) : undefined
    if (header !== undefined) {
      this.#blocks.end()
      this.found.collected.header(header, core, this.found.units)
      this.found.around.echo(header.kind === 'section' ? sectionEcho(header.about) : undefined)
      return next
    }
    if (this.found.collected.takes(core)) return next
    if (['table', 'chain', 'rule', 'listing', 'command'].includes(kind)) this.found.around.end()
    switch (kind) {
      case 'blank':
        if (outer.text !== '' && this.#blocks.isInTable) this.#options.tally.add('trailing')
        return next
      case 'table':
        this.#tell(layers)
        this.#blocks.table(core)
        return next
      case 'chain':
      case 'rule':
        this.#takeRule(index)
        return next
      case 'commit':
        if (outer.text.trimEnd() !== outer.text) this.#options.tally.add('trailing')
        this.#tell(layers)
        this.#blocks.commit({ core: this.#options.isWritten ? core : this.#wholeCommit(core), outer })
        return next
      case 'comment':
        if (isScript || !this.#isRootsEcho(core, layers)) this.#comment(core, layers)
        return next
      case 'listing':
        this.#tell(butIndented(layers))
        this.#blocks.chain(core)
        return next
      case 'command':
        if (this.#isArgument(index)) {
          this.found.passedOver.push(core)
          return next
        }
        this.#mendSigns(index)
        return this.#shell(index, outers)
      default:
        return this.#other(index, outers, isScript)
    }
  }

  /** A program's name alone goes on what the line above begins: `apt-get install -y \\`. */
  #isArgument(index: number): boolean {
    const above = this.#peeled[index - 1]?.outer.text.trimEnd()
    if (above?.endsWith('\\') !== true || /(?:&&|\|\||[;|({]|\b(?:then|do|else))\s*\\$/.test(above)) return false
    const { core } = this.#peeled[index] as Peeled
    return /^[\w./-]*ip6?tables(?:-nft|-legacy)?\s*(?:\\|&&.*|;.*)?$/.test(core.text)
  }

  #mendSigns(index: number): void {
    const peeled = this.#peeled[index] as Peeled
    const core = inAscii(peeled.core, (damage) => this.found.damages.push(damage))
    this.#peeled[index] = { ...peeled, core }
  }

  #shell(index: number, outers: Line[]): number {
    const { core, layers } = this.#peeled[index] as Peeled
    this.#tell(butIndented(layers))
    // The first line begins where the command does; the others are its continuation.
    const outer = outers[index] as Line
    outers[index] = core
    const next = this.#runner.run(outers, index, indentationOf(outer.text), layers.includes('logs'))
    outers[index] = outer
    return Math.max(next, index + 1)
  }

  #tell(layers: readonly string[]): void {
    for (const layer of layers) this.#options.tally.add(layer)
  }

  #takeRule(index: number): void {
    const { core, kind, layers } = this.#peeled[index] as Peeled
    checkPayloadLine(core.text, core.number)
    if (!this.#options.isWritten && isOptionsAlone(core.text)) this.#refuseWrapped(index)
    this.#tell(layers)
    this.#blocks.rule(
      this.#options.isWritten ? core : mended(core, (damage) => this.found.damages.push(damage)),
      kind === 'chain',
    )
  }

  /** Nothing may stand behind COMMIT. */
  #wholeCommit(core: Line): Line {
    const [, more] = /^COMMIT\s+(\S.*)$/.exec(core.text) ?? []
    if (more === undefined) return core
    this.found.damages.push({
      ...placeIn(core, 'COMMIT'.length + 2),
      what: `'${more.slice(0, 40)}' stands behind COMMIT, where iptables-restore takes nothing`,
      assumed: 'it is left out',
    })
    return cut(core, 0, 'COMMIT'.length)
  }

  #comment(core: Line, layers: readonly string[]): void {
    const mark = markOf(core.text)
    const { isInTable } = this.#blocks
    if (mark !== undefined || isInTable) this.#tell(layers)
    if (mark === undefined) {
      if (/^#+\s*(?:sudo\s|kubectl\s|nsenter\s)?(?:\S+\s)*?(?:[\w./-]*\/)?ip6?tables\b.*\s-\w/.test(core.text))
        this.found.hashed += 1
      if (!this.#blocks.inTable(core)) this.found.comments.push({ line: core })
    } else if (isInTable && mark.kind !== 'head' && mark.kind !== 'end') this.#blocks.inTable(core)
    else {
      this.#blocks.mark(mark, core.number)
      this.found.comments.push({ line: core, ...('family' in mark && mark.family && { family: mark.family }) })
    }
  }

  #other(index: number, outers: Line[], isScript: boolean): number {
    const { core, outer, layers } = this.#peeled[index] as Peeled
    const next = index + 1
    if (!this.#options.isWritten && this.found.sets.takes(core)) {
      this.#tell(butIndented(layers))
      return next
    }
    if (this.#blocks.row(core)) {
      this.#tell(butIndented(layers))
      return next
    }
    if (this.#options.isWritten) {
      checkPayloadLine(outer.text, outer.number)
      if (!this.#blocks.inTable(outer))
        throw wrongAt(placeIn(core, 1), `cannot be part of a payload: ${JSON.stringify(core.text.slice(0, 60))}`)
      return next
    }
    if (!isScript && this.#isAround(core, layers)) return next
    if (this.#failed(core) || this.#failedWhole(core)) return next
    refuseForeign(core)
    if (isShell(core.text, isScript)) return this.#shell(index, outers)
    const mark = markOf(core.text)
    if (mark !== undefined) {
      this.#options.tally.add(mark.kind === 'prompt' ? 'prompts' : mark.kind === 'heading' ? 'headings' : 'commands')
      if (mark.kind === 'heading' && this.#blocks.isInTable) return next
      this.#blocks.mark(mark, core.number)
      return next
    }
    if (this.#lost(core, index)) return next
    if (/^(?:```|~~~)/.test(core.text)) {
      this.#options.tally.add('fences')
      this.#blocks.end()
      return next
    }
    this.#refuseWrapped(index)
    if (looksLikeRule(core.text))
      throw wrongAt(
        placeIn(core, 1),
        `looks like a rule, but cannot be read: ${JSON.stringify(core.text.slice(0, 60))}`,
        'take away what stands around it, or leave the line out',
      )
    if (announcedFile(core.text) !== undefined) this.#blocks.end()
    this.found.passedOver.push(outer)
    return next
  }

  /** @throws HarnessError (`input`) where a line goes on what the rule above it begins: neither is whole. */
  #refuseWrapped(index: number): void {
    const [above, { core }] = [this.#peeled[index - 1], this.#peeled[index] as Peeled]
    if (above === undefined) return
    const isRest =
      above.kind === 'rule'
        ? above.outer.text.length === this.#width || /^(?:[\w.:/,]+\s+)?--?[a-z][\w-]*(?:\s|$)/.test(core.text)
        : this.#blocks.isBelowRow(core) && goesOnRow(core.text)
    if (!isRest) return
    throw wrongAt(
      placeIn(core, 1),
      `goes on what line ${above.core.number} begins: ${JSON.stringify(core.text.slice(0, 60))}`,
      'join the two lines, or copy them from a wider window',
    )
  }

  /** At how many columns a terminal has wrapped the text; undefined where nothing shows that it has. */
  get #width(): number | undefined {
    this.#longest ??= widthOf(this.#peeled.map(({ outer }) => outer.text.length))
    return this.#longest.width
  }

  /** `# ip rule`, as root asks for it. */
  #isRootsEcho(core: Line, layers: readonly string[]): boolean {
    const isPrompt = !this.#options.isWritten && !this.#blocks.isInTable && core.text.startsWith('# ')
    return isPrompt && this.#isEcho(cut(core, 2), [...layers, 'prompts'])
  }

  #isEcho(core: Line, layers: readonly string[]): boolean {
    const echo = echoOf(core.text)
    if (echo === undefined) return false
    this.#blocks.echo({ at: core.number })
    this.#tell(layers)
    this.#options.tally.add('commands')
    this.found.around.echo(echo)
    return true
  }

  /** What ip, ss and the like print, and the command above it. */
  #isAround(core: Line, layers: readonly string[]): boolean {
    const { around } = this.found
    if (this.#isEcho(core, layers)) return true
    if (layers.includes('prompts')) around.end()
    return around.takes(core)
  }

  /** What iptables says when it refuses a command: in a log of commands, the one above has done nothing. */
  #failed(core: Line): boolean {
    const [, program] =
      /^(?:<\s+)?(?:[\w./-]*\/)?(ip6?tables(?:-nft|-legacy)?(?:-restore)?)(?:(?: v[\d.]+(?: \(\w+\))?)?:\s+\S| v[\d.]+(?: \(\w+\))?:$)/.exec(
        core.text,
      ) ?? []
    if (program === undefined) return false
    const last = this.found.units.at(-1)
    this.found.passedOver.push(core)
    if (program.endsWith('-restore'))
      this.found.notes.push(`warning: ${program} refused rules where they were run (line ${core.number})`)
    else if (last?.command !== undefined && core.number - last.last <= 2 && !/: line \d/.test(core.text)) {
      this.found.units.pop()
      this.found.notes.push(`left out: line ${last.first}, which iptables refused where it was run`)
    }
    return true
  }

  /** A command and how it ended, in one line: what programs say that call iptables by Go's coreos/go-iptables. */
  #failedWhole(core: Line): boolean {
    if (!/\brunning \[(?:[\w./-]*\/)?ip6?tables\b[^\]]*\]: exit status [1-9]/.test(core.text)) return false
    this.found.passedOver.push(core)
    this.found.notes.push(`left out: line ${core.number}, which iptables refused where it was run`)
    return true
  }

  #lost(core: Line, index: number): boolean {
    const following = this.#peeled.slice(index + 1, index + 6)
    const star = eatenStar(core, following)
    const damage = star ?? leftOut(core, following, this.#blocks.lastRule)
    if (damage === undefined) return false
    this.found.damages.push(damage)
    if (star !== undefined) this.#blocks.table({ ...core, text: `*${core.text}` })
    return true
  }
}

/** Several lines are as long as the longest one, and have more below them. */
function widthOf(lengths: readonly number[]): { width: number | undefined } {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
  const full = lengths.filter((length) => length === longest).length
  return { width: longest >= 40 && full > 1 ? longest : undefined }
}

/** Layers of a line that may be indented as it was written. */
const butIndented = (layers: readonly string[]): string[] => layers.filter((layer) => layer !== 'indented')
