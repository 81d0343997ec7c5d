import { checkPayloadLine } from '../../iptables/words/bounds.ts'
import { wrongAt } from '../../iptables/words/place.ts'
import { Around } from './around/around.ts'
import { Collected, headerOf } from './around/collected.ts'
import { echoOf, sectionEcho } from './around/echo.ts'
import { Blocks } from './blocks/blocks.ts'
import { withWholeRows } from './blocks/wrapped-rows.ts'
import type { Damage } from './damage.ts'
import { refuseForeign } from './foreign.ts'
import type { Found, ReadingOptions } from './found.ts'
import { eatenStar, leftOut } from './lost.ts'
import { markOf } from './marks.ts'
import { inAscii, mended, remarkIn, wholeCommit, withoutRemark } from './mend.ts'
import type { Built } from './pods/flags.ts'
import { isRefusal } from './refusals.ts'
import { Sets } from './sets/sets.ts'
import { Template } from './template.ts'
import { isShell } from './shell/is-shell.ts'
import { ScriptRunner } from './shell/run.ts'
import { announcedFile, isOptionsAlone, looksLikeRule } from './text/kinds.ts'
import { cut, indentationOf, type Line, placeIn } from './text/line.ts'
import { type Peeled, peel } from './text/peel.ts'
import { tracedCalls } from './text/traced-calls.ts'
import { refuseWrapped, widthOf } from './wrapped.ts'

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
  #isScript = false
  #template = new Template()
  #peeled: Peeled[] = []
  /** Lines that say what another line says as the command that is run. */
  #calls: ReadonlySet<number> = new Set()
  #width: number | undefined

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
    this.#isScript = isScript
    this.#runner.begin(environment ?? new Map())
    this.#peeled = withWholeRows(
      lines.map((line) => this.#peel(line)),
      (count) => this.#options.tally.add('wrapped', count),
    )
    this.#calls = tracedCalls(this.#peeled)
    this.#template = new Template()
    this.#width = widthOf(this.#peeled)
    const outers = this.#peeled.map(({ outer }) => outer)
    for (let index = 0; index < this.#peeled.length; ) index = this.#line(index, outers, isScript)
    this.#blocks.end()
    for (const { name, at, lines: written } of this.#runner.end()) {
      this.found.notes.push(
        `assumed: what line ${at} writes to ${name} is run or loaded, which nothing in the text does`,
      )
      this.read(written)
    }
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
    if (this.#calls.has(index)) {
      this.found.passedOver.push(core)
      return next
    }
    if (!this.#options.isWritten) this.#template.check(core, kind)
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
        this.#blocks.commit({
          core: this.#options.isWritten ? core : wholeCommit(core, (damage) => this.found.damages.push(damage)),
          outer,
        })
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
    // A shell's own remarks begin with '#'.
    const remark = this.#isScript ? undefined : remarkIn(core.text, /\s+\/\//)
    if (remark !== undefined) this.#options.tally.add('remarks')
    this.#peeled[index] = { ...peeled, core: cut(core, 0, remark) }
  }

  #shell(index: number, outers: Line[]): number {
    const { core, layers } = this.#peeled[index] as Peeled
    this.#tell(butIndented(layers))
    // The first line begins where the command does; the others are its continuation.
    const outer = outers[index] as Line
    outers[index] = core
    const isLog = layers.includes('logs') || (!this.#isScript && core.columns !== undefined)
    const next = this.#runner.run(outers, index, indentationOf(outer.text), isLog, layers.includes('traces'))
    outers[index] = outer
    return Math.max(next, index + 1)
  }

  #tell(layers: readonly string[]): void {
    for (const layer of layers) this.#options.tally.add(layer)
  }

  #takeRule(index: number): void {
    const { core, kind, layers } = this.#peeled[index] as Peeled
    checkPayloadLine(core.text, core.number)
    if (!this.#options.isWritten && isOptionsAlone(core.text))
      refuseWrapped(this.#peeled, index, this.#width, this.#blocks)
    this.#tell(layers)
    this.#blocks.rule(this.#options.isWritten ? core : this.#mended(core, kind), kind === 'chain')
  }

  #mended(core: Line, kind: string): Line {
    const damaged = (damage: Damage): number => this.found.damages.push(damage)
    if (kind !== 'rule') return mended(core, damaged)
    if (this.#blocks.isInTable) return mended(withoutRemark(core, damaged), damaged)
    const at = remarkIn(core.text)
    if (at !== undefined) this.#options.tally.add('remarks')
    return mended(cut(core, 0, at), damaged)
  }

  #comment(core: Line, layers: readonly string[]): void {
    const mark = markOf(core.text)
    const { isInTable } = this.#blocks
    if (mark !== undefined || isInTable) this.#tell(layers)
    if (mark === undefined) {
      if (isCommandIn(core.text)) this.found.hashed += 1
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
    if (isRefusal(core, this.found) || this.#isAgain(core, index)) return next
    refuseForeign(core)
    const isLoop = /^for\s+\w+\s+in\s/.test(core.text) && /^do(?:\s|$)/.test(this.#peeled[next]?.core.text ?? '')
    if (isShell(core.text, isScript || isLoop)) return this.#shell(index, outers)
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
    refuseWrapped(this.#peeled, index, this.#width, this.#blocks)
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

  /** Linkerd's log says of a command how it enters the pod to run it: `>> nsenter [--net=… iptables …]`. */
  #isAgain(core: Line, index: number): boolean {
    const above = this.#peeled[index - 1]?.core.text ?? ''
    if (above === '' || !core.text.startsWith('nsenter [') || !core.text.endsWith(`${above}]`)) return false
    this.found.passedOver.push(core)
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

/** Whether a comment is a command, perhaps behind other programs': of several the first one's options begin first. */
function isCommandIn(comment: string): boolean {
  const program = /(?:^#+|[\s/])ip6?tables\b/.exec(comment)
  return program !== null && /\s-\w/.test(comment.slice(program.index + program[0].length))
}

/** Layers of a line that may be indented as it was written. */
const butIndented = (layers: readonly string[]): string[] => layers.filter((layer) => layer !== 'indented')
