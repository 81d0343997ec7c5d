import type { Family } from '../../../core/address.ts'
import { inputError } from '../../../core/errors.ts'
import { bounds } from '../../../iptables/bounds.ts'
import { place } from '../../../iptables/expand.ts'
import type { Place } from '../../../iptables/tree.ts'
import type { Found, ReadingOptions } from '../found.ts'
import { looksLikeRule } from '../text/kinds.ts'
import type { Line } from '../text/line.ts'
import type { ScriptStep, Unit } from '../units.ts'
import { documentLines } from './document.ts'
import { lexCommand } from './lexer.ts'
import { builderOf, type Call, callOf, isWrapper, looks, scriptOf, optionValue } from './programs.ts'
import { routingOf } from './routing.ts'
import type { Variables } from './variables.ts'
import type { List, Pipeline, ShellWord, SimpleCommand } from './syntax.ts'

/** Who takes what a script does. */
export interface Sink {
  /** Lines that iptables-restore reads. */
  payload(lines: readonly Line[], told: Partial<Unit> & { at: number }): void
  unit(unit: Unit): void
  /** A command whose output follows in the text. */
  output(above: { at: number; family: Family; table?: string; backend?: 'nft' | 'legacy' }): void
  found: Found
}

const assignment = /^([A-Za-z_]\w*)(\+?)=([\s\S]*)$/
/** What a shell's own words begin or end. */
const openers = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{'])
const closers = new Set(['fi', 'done', 'esac', '}'])

/** Whether a line is a shell's business, and not prose or somebody's output. */
export function isShell(text: string, isScript: boolean): boolean {
  if (isScript) return true
  if (text.length > 20_000) return false
  const [first = ''] = text.split(/\s/, 1)
  const hasProgram = /(?:^|[\s/'"|({])ip6?tables(?:-nft|-legacy)?(?:-save|-restore)?(?=$|[\s'"|;&<>)])/.test(text)
  if (/^(?:export\s+|readonly\s+|local\s+)?[A-Za-z_]\w*\+?=/.test(text)) return true
  if (isWrapper(first) && (hasProgram || /\sip\s/.test(text))) return true
  if (/^(?:\S*\/)?ip\s+(?:-\S+\s+(?:inet6?\s+)?)*(?:ru|rule|ro|route|addr|address)\s/.test(text)) return true
  if (['cat', 'echo', 'printf', 'tee'].includes(first))
    return hasProgram || /<<-?\s*["'\\]?\w/.test(text) || /\|\s*tee\b/.test(text) || isOpen(text)
  if (/^\$\{?[A-Za-z_]/.test(text)) return true
  if (['!', '[', '[[', 'test', 'command', 'which', '{', '('].includes(first) && hasProgram) return true
  if (/^(?:\S*\/)?(?:ba|z|a|da)?sh\s/.test(text)) return hasProgram
  if (/^(?:if\s.*(?:;\s*then|then)?$|for\s+\w+\s+in\s|while\s.*(?:;\s*do|do)?$)/.test(text))
    return /(?:;\s*(?:then|do)|\s(?:then|do)|\]|\))\s*$/.test(text) || hasProgram
  if (/^(?:then|else|fi|do|done|esac)\b\s*(?:$|[;#&|])/.test(text)) return true
  if (/^[A-Za-z_]\w*\s*\(\)\s*\{?$/.test(text)) return true
  return /^(?:\S*\/)?(?:istio-iptables|pilot-agent\s+istio-iptables|proxy-init|linkerd2-proxy-init)\s+-|^kumactl install transparent-proxy/.test(
    text,
  )
}

/** A quotation goes on in the next line. */
const isOpen = (text: string): boolean => ["'", '"'].some((quote) => text.split(quote).length % 2 === 0 && !/\w'\w/.test(text))

/** Does what a script says, as far as that is about rules; nothing is run. */
export class ScriptRunner {
  readonly #options: ReadingOptions
  readonly #sink: Sink
  readonly #values = new Map<string, string>()
  readonly #files = new Map<string, readonly Line[]>()
  readonly #assumed = new Map<string, string>()
  /** Words of a shell's own that are open: what stands in them is for a shell to decide. */
  #open: (Place & { word: string })[] = []
  #lists = 0
  #commands = 0
  #depth = 0
  #isLog = false

  constructor(options: ReadingOptions, sink: Sink) {
    this.#options = options
    this.#sink = sink
  }

  get #variables(): Variables {
    const { family, podIPs } = this.#options
    return { values: this.#values, podIPs, family, assumed: (name, value) => this.#assumed.set(name, value) }
  }

  /** Begins a script. @param environment what its container is given. */
  begin(environment: ReadonlyMap<string, string>): void {
    this.#values.clear()
    this.#files.clear()
    for (const [name, value] of environment) this.#values.set(name, value)
  }

  /** Ends a script: what was open in it is no more. */
  end(): void {
    this.#open = []
    if (this.#assumed.size > 0) {
      const parts = [...this.#assumed].map(([name, value]) => `${name} is '${value}'`)
      this.#sink.found.notes.push(`assumed: ${parts.join(', ')}, as the script has it where nothing sets them`)
    }
    this.#assumed.clear()
  }

  passOver(_text: string): void {}

  /** @param depth how far the command was indented. @param isLog it is a log that says so. @returns the index of the line behind what has been read. */
  run(lines: readonly Line[], index: number, depth = 0, isLog = false): number {
    this.#isLog = isLog
    const list = lexCommand(lines, index, this.#variables, depth)
    const concerns = this.#concerns(list, lines, index)
    if (!concerns) {
      if (/^\s*(?:function\s+)?[\w-]+\s*(?:\(\s*\))?\s*\{\s*$/.test(lines[index]?.text ?? '') && list.wrong !== undefined)
        this.#open.push({ line: lines[index]?.number ?? 1, column: 1, word: 'function' })
      else this.#keywords(list)
      const isSet = list.wrong === undefined && list.pipelines.filter((pipeline) => this.#assign(pipeline)).length === list.pipelines.length
      if (!isSet) this.#sink.found.passedOver.push(...lines.slice(index, list.wrong === undefined ? list.next : index + 1))
      return list.wrong === undefined ? list.next : index + 1
    }
    if (list.wrong !== undefined) throw inputError(place(list.wrong.line, list.wrong.column), list.wrong.what, list.wrong.hint)
    for (const { operator, ...at } of list.doubled)
      this.#sink.found.damages.push({
        ...at,
        what: `'${operator}' has no command before it; a shell would reject it`,
        assumed: `one '${operator}' is meant`,
      })
    this.#runList(list, lines)
    return list.next
  }

  /** Whether a list is about rules, or sets what they may need. */
  #concerns(list: List, lines: readonly Line[], index: number): boolean {
    const commands = list.pipelines.flatMap((pipeline) => pipeline.commands)
    if (commands.some(({ words }) => callOf(words) ?? scriptOf(words) ?? routingOf(words) ?? builderOf(words))) return true
    if (commands.some(({ redirections }) => redirections.some(({ document }) => document !== undefined))) return true
    const text = lines
      .slice(index, Math.min(list.next, index + 50))
      .map(({ text }) => text)
      .join('\n')
    return looksLikeRule(text) || (list.wrong !== undefined && /\bip6?tables(?:-\w+)?\s+-/.test(text))
  }

  #assign(pipeline: Pipeline): boolean {
    const [command] = pipeline.commands
    if (command === undefined || pipeline.commands.length > 1) return false
    const words = ['export', 'local', 'readonly', 'declare'].includes(command.words[0]?.text ?? '') ? command.words.slice(1) : command.words
    if (words.length === 0 || !words.every(({ text }) => assignment.test(text) || /^-\w+$/.test(text))) return false
    for (const { text, needs } of words) {
      const [, name = '', more, value = ''] = assignment.exec(text) ?? []
      if (name === '') continue
      if (needs !== undefined || this.#open.length > 0) this.#values.delete(name)
      else this.#values.set(name, more === '+' ? (this.#values.get(name) ?? '') + value : value)
    }
    return true
  }

  /** `if`, `for` and the like, as they open and close. */
  #keywords(list: List): void {
    for (const pipeline of list.pipelines)
      for (const { words } of pipeline.commands) {
        const [first] = words
        if (first === undefined || !first.isPlain) continue
        if (openers.has(first.text)) this.#open.push({ ...first, word: first.text })
        else if (closers.has(first.text)) this.#open.pop()
      }
  }

  #runList(list: List, lines: readonly Line[]): void {
    this.#lists += 1
    const depends = list.pipelines.some(({ before, isNegated }) => before === '&&' || before === '||' || isNegated)
    for (const pipeline of list.pipelines) {
      const { line, column, isNegated, before } = pipeline
      const step: ScriptStep = { list: this.#lists, line, column, isNegated, name: nameOf(pipeline), ...(before && { before }) }
      this.#runPipeline(pipeline, lines, depends ? step : undefined)
    }
  }

  #runPipeline(pipeline: Pipeline, lines: readonly Line[], step: ScriptStep | undefined): void {
    this.#keywords({ pipelines: [pipeline], next: 0, doubled: [] })
    if (this.#assign(pipeline)) return this.#elsewhere(step, 'well')
    const commands = pipeline.commands.map((command) => ({ ...command, words: withoutKeywords(command.words) }))
    const [first, last] = [commands[0], commands.at(-1)]
    if (first === undefined || last === undefined) return this.#elsewhere(step, 'well')
    const builder = builderOf(first.words)
    const call = callOf(last.words)
    if (call?.does === 'restore') return this.#restore(call, commands, lines, step)
    const own = callOf(first.words)
    if (own !== undefined) return this.#iptables(own, commands, step)
    if (builder !== undefined) return this.#refuseBuilder(builder)
    const script = scriptOf(first.words)
    if (script !== undefined) return this.#nested(script, step)
    const routing = routingOf(first.words)
    if (routing !== undefined) {
      if (/^(?:show|list|ls|s|l|get)$/.test(routing.action)) return this.#elsewhere(step, 'unknown')
      this.#refuseOpen(routing.at)
      const needs = routing.words.find((word) => word.needs !== undefined)?.needs
      if (needs !== undefined) throw inputError(place(needs.line, needs.column), needs.what, needs.hint)
      this.#sink.found.routing.push(routing)
      return this.#elsewhere(step, 'well')
    }
    this.#keepFile(commands, lines)
    const words = last.words
    if (
      looksLikeRule(words.map(({ text }) => text).join(' ')) &&
      !/^(?:echo|printf|log|logger|cat|grep|:|true)$/.test(words[0]?.text ?? '')
    )
      throw inputError(
        place(pipeline.line, pipeline.column),
        `what '${(words[0]?.text ?? '').slice(0, 40)}' does with this needs a shell, and none runs`,
        'write the command that it runs in its place',
      )
    this.#elsewhere(step, endOf(first.words))
  }

  /** A command that is none of iptables': others may depend on how it ends. */
  #elsewhere(step: ScriptStep | undefined, ends: NonNullable<ScriptStep['ends']>): void {
    if (step !== undefined) this.#sink.found.steps.push({ ...step, ends })
  }

  #refuseOpen({ line, column }: Place): void {
    const open = this.#open.at(-1)
    if (open === undefined) return
    throw inputError(
      place(line, column),
      `whether and how often this runs is for a shell to decide, by the '${open.word}' of line ${open.line}, and none runs`,
      `write out what it comes to, without '${open.word}'`,
    )
  }

  #refuseBuilder({ name, at }: { name: string; at: Place }): never {
    throw inputError(
      place(at.line, at.column),
      `these are flags of ${name}, which makes rules of them, and no rules`,
      'capture what it made: its log, or iptables-save in the pod',
    )
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
    this.#refuseOpen(program)
    this.#commands += 1
    if (this.#commands > bounds.commands)
      throw inputError(place(program.line, program.column), `more than ${bounds.commands} commands are not read`)
    const needs = words.find((word) => word.needs !== undefined)?.needs
    if (needs !== undefined && family === this.#options.family) throw inputError(place(needs.line, needs.column), needs.what, needs.hint)
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
    const { family, backend, words, program } = call
    const last = commands.at(-1) as SimpleCommand
    const input = this.#inputOf(last, commands.length > 1 ? commands[0] : undefined, lines)
    if (input === undefined) {
      const [file] = words.filter(({ text }) => !text.startsWith('-') && !/^\d+$/.test(text)).slice(-1)
      const from = last.redirections.find(({ operator }) => operator === '<')?.target ?? file
      // A log names the file whose contents it has shown.
      if (this.#isLog && this.#sink.found.units.some((unit) => unit.command === undefined)) {
        this.#sink.found.passedOver.push(lineOf(lines, program.line))
        return
      }
      throw inputError(
        place(program.line, program.column),
        from === undefined
          ? `what ${program.text} reads is not in the text`
          : `${program.text} reads ${from.text}, which is not in the text`,
        from === undefined ? 'put a here-document behind it' : `put the contents of ${from.text} in its place`,
      )
    }
    this.#refuseOpen(program)
    this.#checkRestore(words, program)
    const isNoflush = words.some(({ text }) => text === '-n' || (text.length > 4 && '--noflush'.startsWith(text)))
    const only = optionValue(words, '-T', 'table')
    const before = this.#sink.found.units.length
    this.#sink.payload(input.lines, {
      at: program.line,
      told: [family],
      ...(backend && { backend }),
      ...(!isNoflush && { replaces: true }),
      ...(input.isLiteral && { isLiteral: true }),
    })
    if (only !== undefined) {
      const kept = this.#sink.found.units.splice(before).filter(({ table }) => table === only)
      this.#sink.found.units.push(...kept)
    }
    this.#elsewhere(step, 'well')
  }

  #checkRestore(words: readonly ShellWord[], program: ShellWord): void {
    for (const [index, { text, line, column, needs }] of words.entries()) {
      if (needs !== undefined) throw inputError(place(needs.line, needs.column), needs.what, needs.hint)
      if (
        /^(?:--noflush|-n|--counters|-c|--wait(?:=\d+)?|-w\d*|--wait-interval(?:=\d+)?|-W\d*|--verbose|-v|\d+|--table(?:=\w+)?|-T\w*|-)$/.test(
          text,
        )
      )
        continue
      if (/^(?:-T|--table)$/.test(words[index - 1]?.text ?? '') || !text.startsWith('-')) continue
      throw inputError(place(line, column), `option ${text.split('=')[0]} of ${program.text} is not read`)
    }
  }

  /** What a program reads: its here-document, a here-string, a file that the text has written, or what is piped to it. */
  #inputOf(
    command: SimpleCommand,
    from: SimpleCommand | undefined,
    lines: readonly Line[],
  ): { lines: readonly Line[]; isLiteral: boolean } | undefined {
    const documented = command.redirections.find(({ document }) => document !== undefined)
    if (documented?.document !== undefined) return { lines: documentLines(lines, documented.document, this.#variables), isLiteral: true }
    const file = command.redirections.find(({ operator }) => operator === '<')?.target
    const named = file ?? command.words.find(({ text }) => this.#files.has(text))
    const known = named === undefined ? undefined : this.#files.get(named.text)
    if (known !== undefined) return { lines: known, isLiteral: true }
    const string = command.redirections.find(({ operator }) => operator === '<<<')?.target
    if (string !== undefined) return { lines: linesOf(string), isLiteral: true }
    if (from === undefined) return undefined
    const [name, ...rest] = from.words
    if (name?.text === 'cat') return this.#inputOf(from, undefined, lines) ?? undefined
    if (name?.text === 'echo' || name?.text === 'printf') {
      const texts = rest.filter(({ text }) => !/^(?:-[neE]+|%[sb](?:\\n)?)$/.test(text))
      const needs = texts.find((word) => word.needs !== undefined)?.needs
      if (needs !== undefined) throw inputError(place(needs.line, needs.column), needs.what, needs.hint)
      const isEscaped = name.text === 'printf' || rest.some(({ text }) => /^-[nE]*e/.test(text)) || texts.length === 1
      return {
        lines: texts.flatMap((word) => linesOf(isEscaped ? { ...word, text: word.text.replaceAll('\\n', '\n') } : word)),
        isLiteral: true,
      }
    }
    return undefined
  }

  /** `cat > FILE <<EOF`, `tee FILE <<EOF`, `echo … > FILE`: what other commands read from there. */
  #keepFile(commands: readonly SimpleCommand[], lines: readonly Line[]): void {
    const last = commands.at(-1) as SimpleCommand
    const written =
      last.redirections.find(({ operator }) => operator === '>' || operator === '>>')?.target ??
      (last.words[0]?.text === 'tee' ? last.words.find(({ text }, index) => index > 0 && !text.startsWith('-')) : undefined)
    if (written === undefined) return
    const input = this.#inputOf(commands[0] as SimpleCommand, commands[0], lines)
    if (input !== undefined) this.#files.set(written.text, input.lines)
  }

  #nested(script: ShellWord, step: ScriptStep | undefined): void {
    if (step !== undefined && step.before !== undefined && step.before !== ';')
      throw inputError(place(script.line, script.column), 'whether this runs is for a shell to decide, and none runs')
    this.#depth += 1
    if (this.#depth > 5) throw inputError(place(script.line, script.column), 'scripts in scripts in scripts are not read')
    const lines = linesOf(script)
    for (let index = 0; index < lines.length; ) index = (lines[index]?.text.trim() ?? '') === '' ? index + 1 : this.run(lines, index)
    this.#depth -= 1
  }
}

/** A word that is a text of its own, in its lines; each of them stands where the word does. */
function linesOf({ text, line, column }: ShellWord): Line[] {
  return text.split('\n').map((own, index) => ({ text: own, number: line + index, shifts: index === 0 ? [[{ from: 1, by: column }]] : [] }))
}

const lineOf = (lines: readonly Line[], number: number): Line =>
  lines.find((line) => line.number === number) ?? { text: '', number, shifts: [] }

const nameOf = ({ commands }: Pipeline): string =>
  (commands[0]?.words ?? [])
    .slice(0, 2)
    .map(({ text }) => text)
    .join(' ')
    .slice(0, 40)

/** `then iptables …`, `do iptables …`, `A=b iptables …`: the command behind. */
function withoutKeywords(words: readonly ShellWord[]): ShellWord[] {
  let start = 0
  while (start < words.length - 1) {
    const word = words[start] as ShellWord
    const isKeyword = word.isPlain && ['then', 'do', 'else', 'elif', 'if', 'while', 'until', '{', '!'].includes(word.text)
    if (!isKeyword && !assignment.test(word.text)) break
    start += 1
  }
  return words.slice(start)
}

/** Programs whose end is an answer; any other is taken to have done what it was asked to. */
const asking = new Set(['[', '[[', 'test', 'grep', 'egrep', 'command', 'which', 'type', 'diff', 'cmp', 'pgrep', 'pidof', 'read'])

function endOf(words: readonly ShellWord[]): NonNullable<ScriptStep['ends']> {
  const name = words[0]?.text ?? ''
  if (name === 'false') return 'badly'
  return asking.has(name) ? 'unknown' : 'well'
}
