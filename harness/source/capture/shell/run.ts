import type { Family } from '../../../core/address.ts'
import type { Backend } from '../../../flow/backend.ts'
import { bounds } from '../../../iptables/words/bounds.ts'
import { echoOf } from '../around/echo.ts'
import type { Found, ReadingOptions } from '../found.ts'
import { type Line, placeIn } from '../text/line.ts'
import { announcedFile, announcesInput, looksLikeRule } from '../text/kinds.ts'
import type { ScriptStep, Unit } from '../units.ts'
import { refuseValue } from '../template.ts'
import { lexCommand } from './lexer.ts'
import { isDone, type Loop, loopAt, type Spot } from './loop.ts'
import { builderOf, type Call, callOf, looks, optionValue, scriptOf, setCommandOf } from './programs.ts'
import { rejected } from './list-builder.ts'
import { restoredBy, withoutInput } from './restore.ts'
import { routingOf } from './routing.ts'
import { ScriptState } from './script-state.ts'
import { inputOf, keepFile } from './standard-input.ts'
import type { List, Pipeline, ShellWord, SimpleCommand } from './syntax.ts'
import type { WrittenFile } from './written-files.ts'
import { endOf, lineOf, linesOf, refuseNeeds, withoutKeywords } from './words.ts'
import { type Place, wrongAt } from '../../../iptables/words/place.ts'

/** Who takes what a script does. */
export interface Sink {
  /** Lines that iptables-restore reads. */
  payload(lines: readonly Line[], told: Partial<Unit> & { at: number }): void
  unit(unit: Unit): void
  /** A command whose output follows in the text. */
  output(above: { at: number; family: Family; table?: string; backend?: Backend }): void
  found: Found
}

/** Does what a script says, as far as that is about rules; nothing is run. */
export class ScriptRunner {
  readonly #options: ReadingOptions
  readonly #sink: Sink
  readonly #state: ScriptState
  #lists = 0
  #commands = 0
  #depth = 0
  #isLog = false
  #isTrace = false

  constructor(options: ReadingOptions, sink: Sink) {
    this.#options = options
    this.#sink = sink
    this.#state = new ScriptState(options.family, options.podIPs)
  }

  /** Begins a script. @param environment what its container is given. */
  begin(environment: ReadonlyMap<string, string>): void {
    this.#state.begin(environment)
  }

  /**
   * Ends a script: what was open in it is no more.
   * @returns the files with rules that it writes, and that nothing in it reads.
   */
  end(): readonly WrittenFile[] {
    this.#sink.found.notes.push(...this.#state.end())
    return this.#state.files.unread
  }

  /**
   * @param depth how far the command was indented. @param isLog it is a log that says so. @param isTrace it is what
   * `set -x` says. @returns the index of the line behind what has been read.
   */
  run(lines: readonly Line[], index: number, depth = 0, isLog = false, isTrace = false): number {
    this.#isLog = isLog
    this.#isTrace = isTrace
    const list = lexCommand(lines, index, this.#state.variables, depth)
    if (!this.#concerns(list, lines, index) && !this.#hasLoop(list, lines, index, depth)) {
      if (
        /^\s*(?:function\s+)?[\w-]+\s*(?:\(\s*\))?\s*\{\s*$/.test(lines[index]?.text ?? '') &&
        list.wrong !== undefined
      )
        this.#state.openFunction(lines[index]?.number ?? 1)
      else this.#state.keywords(list.pipelines)
      if (list.wrong === undefined) for (const { commands } of list.pipelines) this.#keepSysctls(commands)
      const isSet =
        list.wrong === undefined &&
        list.pipelines.filter((pipeline) => this.#state.assign(pipeline)).length === list.pipelines.length
      if (!isSet)
        this.#sink.found.passedOver.push(...lines.slice(index, list.wrong === undefined ? list.next : index + 1))
      return list.wrong === undefined ? list.next : index + 1
    }
    return this.#runFrom({ row: index, pipeline: 0 }, lines, depth)
  }

  /** Whether a list is about rules, or sets what they may need. */
  #concerns(list: List, lines: readonly Line[], index: number): boolean {
    const commands = list.pipelines.flatMap((pipeline) => pipeline.commands)
    if (commands.some(({ words }) => programOf(words))) return true
    if (commands.some(({ redirections }) => redirections.some(({ document }) => document !== undefined))) return true
    const text = lines
      .slice(index, Math.min(list.next, index + 50))
      .map(({ text }) => text)
      .join('\n')
    return looksLikeRule(text) || (list.wrong !== undefined && /\bip6?tables(?:-\w+)?\s+-/.test(text))
  }

  /** Whether a loop begins in a list that can be written out. */
  #hasLoop(list: List, lines: readonly Line[], row: number, depth: number): boolean {
    return (
      list.wrong === undefined &&
      list.pipelines.some((each, pipeline) => loopAt(each, lines, { row, pipeline }, depth, this.#state) !== undefined)
    )
  }

  /**
   * Runs a list, and the loops that begin in it. @param end in a loop: its `done`, before which lists are run.
   * @returns the line behind.
   */
  #runFrom(start: Spot, lines: readonly Line[], depth: number, end?: Spot): number {
    for (let at = start; ; ) {
      const list = lexCommand(lines, at.row, this.#state.variables, depth)
      if (list.wrong !== undefined) throw wrongAt(list.wrong, list.wrong.what, list.wrong.hint)
      if (end !== undefined && !this.#state.loops(lines.slice(at.row, list.next)))
        throw wrongAt(placeOf(lines[at.row]), 'loops are not read that go round so often')
      this.#mendDoubled(list)
      const loop = this.#runList(list, at, lines, depth, end)
      if (loop !== undefined) at = { row: loop.end.row, pipeline: loop.end.pipeline + 1 }
      else if (end === undefined || at.row >= end.row) return list.next
      else at = { row: list.next, pipeline: 0 }
    }
  }

  /** @returns the first loop of the list, if one has been run; what stands behind it has not. */
  #runList(list: List, { row, pipeline }: Spot, lines: readonly Line[], depth: number, end?: Spot): Loop | undefined {
    this.#lists += 1
    const depends = list.pipelines.some(({ before, isNegated }) => before === '&&' || before === '||' || isNegated)
    const last = row === end?.row ? end.pipeline : list.pipelines.length
    if (row === end?.row && !isDone(list.pipelines[last]))
      throw wrongAt(
        placeOf(lines[row]),
        "a variable without a value is a command of this loop, so that it is for a shell to find its 'done'",
        "write out what it comes to, without 'for'",
      )
    for (const [index, own] of list.pipelines.entries()) {
      if (index < pipeline || index >= last) continue
      const loop = loopAt(own, lines, { row, pipeline: index }, depth, this.#state)
      if (loop !== undefined) {
        if (end === undefined) this.#options.tally.add('loops')
        for (const word of loop.words) {
          this.#state.set(loop.name, word)
          this.#runFrom({ row, pipeline: index + 1 }, lines, depth, loop.end)
        }
        return loop
      }
      const { line, column, isNegated, before } = own
      const step = { list: this.#lists, line, column, isNegated, ...(before && { before }) }
      const mayFail = (this.#isLog || this.#isTrace) && list.pipelines.length === 1 && isRemoval(own)
      this.#runPipeline(own, lines, depends || mayFail ? step : undefined)
      if (mayFail) this.#elsewhere({ ...step, before: '||' }, 'well')
    }
    return undefined
  }

  #mendDoubled({ doubled }: List): void {
    const { damages } = this.#sink.found
    for (const { operator, ...at } of doubled)
      if (!damages.some(({ line, column }) => line === at.line && column === at.column))
        damages.push({ ...at, what: rejected(operator, 'before'), assumed: `one '${operator}' is meant` })
  }

  #runPipeline(pipeline: Pipeline, lines: readonly Line[], step: ScriptStep | undefined): void {
    this.#state.keywords([pipeline])
    if (this.#state.assign(pipeline)) return this.#elsewhere(step, 'well')
    const commands = pipeline.commands.map((command) => ({ ...command, words: withoutKeywords(command.words) }))
    const [first, last] = [commands[0], commands.at(-1)]
    if (first === undefined || last === undefined) return this.#elsewhere(step, 'well')
    const builder = builderOf(first.words)
    const call = callOf(last.words)
    if (call?.does === 'restore') return this.#restore(call, commands, lines, step)
    const own = callOf(first.words)
    if (own !== undefined) return this.#iptables(own, commands, step)
    if (builder !== undefined) {
      this.#sink.found.calls.push({ ...builder, words: first.words.slice(first.words.indexOf(builder.at) + 1) })
      return this.#elsewhere(step, 'well')
    }
    const script = scriptOf(first.words)
    if (script !== undefined) return this.#nested(script, step)
    const set = setCommandOf(last.words) ?? setCommandOf(first.words)
    if (set !== undefined) return this.#set(set, commands, lines, step)
    const routing = routingOf(first.words)
    if (routing !== undefined) {
      if (/^(?:show|list|ls|s|l|get)$/.test(routing.action)) {
        this.#sink.found.around.asks(echoOf(first.words.map(({ text }) => text).join(' ')))
        return this.#elsewhere(step, 'unknown')
      }
      this.#state.refuseOpen(routing.at)
      refuseNeeds(routing.words)
      this.#sink.found.routing.push(routing)
      return this.#elsewhere(step, 'well')
    }
    this.#keepSysctls(commands)
    keepFile(commands, lines, this.#state)
    const words = last.words
    if (
      looksLikeRule(words.map(({ text }) => text).join(' ')) &&
      !/^(?:echo|printf|log|logger|cat|grep|:|true)$/.test(words[0]?.text ?? '')
    ) {
      this.#state.refuseOpen(pipeline)
      refuseNeeds(words.slice(0, 1))
      throw wrongAt(
        pipeline,
        `what '${(words[0]?.text ?? '').slice(0, 40)}' does with this needs a shell, and none runs`,
        'write the command that it runs in its place',
      )
    }
    this.#elsewhere(step, endOf(first.words))
  }

  /** What `ipset` does; what it is asked behind `||`, where the command before it has failed, is left out. */
  #set(
    words: readonly ShellWord[],
    commands: readonly SimpleCommand[],
    lines: readonly Line[],
    step: ScriptStep | undefined,
  ): void {
    const { sets } = this.#sink.found
    const last = commands.at(-1) as SimpleCommand
    if (words.some(({ text }) => /^(?:restore|-R|--restore)$/.test(text))) {
      const input = inputOf(last, commands.length > 1 ? commands[0] : undefined, lines, this.#state)
      for (const line of input?.lines ?? []) sets.takes(line)
    } else if (step?.before !== '||') sets.command(words)
    this.#elsewhere(step, 'well')
  }

  /** A command that is none of iptables': others may depend on how it ends. */
  #elsewhere(step: ScriptStep | undefined, ends: NonNullable<ScriptStep['ends']>): void {
    if (step !== undefined) this.#sink.found.steps.push({ ...step, ends })
  }

  /** `sysctl -w NAME=VALUE`, and what is written to /proc/sys. */
  #keepSysctls(commands: readonly SimpleCommand[]): void {
    const { around } = this.#sink.found
    const words = (commands[0]?.words ?? []).map(({ text }) => text)
    if (words[0] === 'sysctl') for (const word of words.slice(1)) around.set(word)
    const file = commands.at(-1)?.redirections.find(({ operator }) => operator === '>')?.target.text ?? ''
    if (words[0] === 'echo' && file.startsWith('/proc/sys/')) around.set(`${file}:${words.at(-1)}`)
  }

  #iptables(call: Call, commands: readonly SimpleCommand[], step: ScriptStep | undefined): void {
    const { family, backend, words, program } = call
    if (call.does === 'save' || looks(words)) {
      const isShown = !commands.some(({ redirections }) =>
        redirections.some(({ operator, target }) => operator.startsWith('>') && !/^(?:&?\d|-)$/.test(target.text)),
      )
      const table = optionValue(words, '-t', 'table') ?? (call.does === 'save' ? undefined : 'filter')
      if (step === undefined && isShown)
        this.#sink.output({ at: program.line, family, ...(table && { table }), ...(backend && { backend }) })
      return this.#elsewhere(step, 'unknown')
    }
    if (call.does === 'restore') return
    this.#state.refuseOpen(program)
    this.#commands += 1
    if (this.#commands > bounds.commands) throw wrongAt(program, `more than ${bounds.commands} commands are not read`)
    if (family === this.#options.family) refuseNeeds(words)
    if (!this.#options.isWritten)
      for (const [index, word] of words.entries())
        if (word.text.includes('{{') && words[index - 1]?.text !== '--comment')
          refuseValue([word, ...words.slice(index + 1)].map(({ text }) => text).join(' '), () => word)
    this.#sink.unit({
      table: optionValue(words, '-t', 'table') ?? 'filter',
      lines: [],
      command: { words, program: program.text, at: program },
      first: program.line,
      last: words.at(-1)?.line ?? program.line,
      told: [family],
      toldAt: program.line,
      isSnapshot: false,
      ...(backend && { backend }),
      ...(step && { step }),
    })
    if (step !== undefined) this.#sink.found.steps.push(step)
  }

  #restore(call: Call, commands: readonly SimpleCommand[], lines: readonly Line[], step: ScriptStep | undefined): void {
    const { program } = call
    const { found, payload } = this.#sink
    const last = commands.at(-1) as SimpleCommand
    const input = inputOf(last, commands.length > 1 ? commands[0] : undefined, lines, this.#state)
    if (input === undefined) {
      // A log names the file whose contents it has shown.
      const announced = found.passedOver.find(({ text }) => announcedFile(text) === last.words.at(-1)?.text)
      const isFirst = found.units.every((unit) => unit.command !== undefined)
      if ((announced ?? this.#isLog) === false || (isFirst && !this.#isLog)) throw withoutInput(call, last)
      // A log that begins in the middle may still show what has come of it.
      const isEmpty = found.passedOver.some(
        ({ text, number }) => program.line - number <= 2 && announcesInput(text) === program.text,
      )
      if (isFirst && !isEmpty)
        found.unread.push({ family: call.family, line: program.line, why: withoutInput(call, last) })
      for (const unit of found.units.filter((each) => each.first > (announced?.number ?? Number.POSITIVE_INFINITY)))
        if (unit.command === undefined && unit.told === undefined)
          Object.assign(unit, { told: [call.family], toldAt: program.line })
      found.passedOver.push(lineOf(lines, program.line))
      return
    }
    this.#state.refuseOpen(program)
    const { told, only } = restoredBy(call, input)
    const before = found.units.length
    payload(input.lines, told)
    const loaded = only === undefined ? [] : found.units.splice(before)
    for (const unit of loaded) if (unit.table === only) found.units.push(unit)
    this.#elsewhere(step, 'well')
  }

  #nested(script: ShellWord, step: ScriptStep | undefined): void {
    if (step !== undefined && step.before !== undefined && step.before !== ';')
      throw wrongAt(script, 'whether this runs is for a shell to decide, and none runs')
    this.#depth += 1
    if (this.#depth > 5) throw wrongAt(script, 'scripts in scripts in scripts are not read')
    const lines = linesOf(script)
    for (let index = 0; index < lines.length; )
      index = (lines[index]?.text.trim() ?? '') === '' ? index + 1 : this.run(lines, index)
    this.#depth -= 1
  }
}

/** What a log or a trace shows goes on behind what has not found its rule or chain: nobody has seen what was there before. */
const isRemoval = ({ commands }: Pipeline): boolean =>
  callOf(commands[0]?.words ?? [])?.words.some(({ text }) => /^-[CDFX]$/.test(text)) === true

/** A program that has to do with rules. */
const programOf = (words: readonly ShellWord[]): unknown =>
  callOf(words) ?? scriptOf(words) ?? routingOf(words) ?? builderOf(words) ?? setCommandOf(words)

const placeOf = (line: Line | undefined): Place => (line === undefined ? { line: 1, column: 1 } : placeIn(line, 1))
