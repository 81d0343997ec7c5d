import { isWrapper } from '../shell/programs.ts'
import { cut, indentationOf, type Line, replaceIn } from './line.ts'
import { type Kind, kindOf } from './kinds.ts'

/** What stands around a line that is read. */
export type Layer =
  | 'numbers'
  | 'strings'
  | 'quotes'
  | 'boxes'
  | 'logs'
  | 'traces'
  | 'prompts'
  | 'bullets'
  | 'fences'
  | 'indented'
  | 'escapes'

/** A line without what stands around it. */
export interface Peeled {
  /** Without what a forum, a terminal program or a log has put before it: its own indentation is still there. */
  outer: Line
  /** Without indentation, prompts and traces too, and without blanks at its end. */
  core: Line
  kind: Kind
  layers: readonly Layer[]
}

interface Pattern {
  layer: Layer
  pattern: RegExp
}

const time = String.raw`\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?`
const level = String.raw`\[?(?:trace|debug|info|notice|warn|warning|error|err|fatal|panic|I|W|E)\]?:?`

const clock = String.raw`\[?(?:\d[\d./-]{2,9},? +)?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?\]?`
const who = String.raw`[@+~&%]?[A-Za-z][\w.@+-]{0,30}(?: [A-Za-z][\w.-]{0,20}){0,2}`
const said = String.raw`\*(?:raw|mangle|nat|filter|security)\b|:[A-Z]\w* (?:-|ACCEPT|DROP)|-[AINPDFX] [A-Z]|COMMIT\s*$|# (?:Generated|Completed) |Chain [A-Z]|(?:sudo )?(?:[\w./-]*/)?ip6?tables(?:-\w+)? +-`

/** What forums, terminal programs and logs put before a line. */
const outerLayers: readonly Pattern[] = [
  { layer: 'quotes', pattern: /^[ \t]{0,3}>(?:[ \t]?>)*(?:[ \t]|$)/ },
  { layer: 'boxes', pattern: /^[ \t]*(?:[│┃║▌▏▎]|\|(?=[ \t]|$))[ \t]?/ },
  // A pane beside another one
  { layer: 'boxes', pattern: /^[^│┃║]{1,200}[│┃║][ \t]?(?=\*(?:raw|mangle|nat|filter)\b|:[A-Z]|-[AINP] |COMMIT\b|# )/ },
  // cat -n, grep -n, and pages that number lines
  { layer: 'numbers', pattern: /^[ \t]*\d{1,5}(?::[ \t]?|\t| {1,2})(?=[*:#[]|-(?:[A-Z]|t |-)|COMMIT\b|ip6?tables)/ },
  // systemd, Dockerfile
  { layer: 'logs', pattern: /^Exec[A-Z]\w*=[-@:+!]*(?=(?:[\w./-]*\/)?(?:ip6?tables|(?:ba)?sh)\b)/ },
  { layer: 'logs', pattern: /^(?:RUN|CMD|ENTRYPOINT)[ \t]+(?=(?:[\w./-]*\/)?ip6?tables\b)/ },
  // grep -n, and grep in several files
  {
    layer: 'numbers',
    pattern: /^[\w./-]*\w\.\w+(?:[:-]\d{1,6})?[:-](?=[*:#[]|-(?:[A-Z]|t |-)|COMMIT\b|(?:\+ )?(?:sudo )?ip6?tables)/,
  },
  // What people say to each other: a time of day and who says it, in either order, or who says it in brackets
  { layer: 'logs', pattern: new RegExp(`^(?:${clock} +(?:- +)?)?<${who}> +(?=${said})`) },
  { layer: 'logs', pattern: new RegExp(`^${clock} +(?:- +)?(?!ip6?tables)${who}: +(?=${said})`) },
  { layer: 'logs', pattern: new RegExp(`^(?!ip6?tables)${who} +${clock}: +(?=${said})`) },
  // gh run view --log
  { layer: 'logs', pattern: /^[^\t]{1,100}\t[^\t]{1,100}\t(?=\d{4}-\d{2}-\d{2}T)/ },
  // kubectl logs --prefix, stern, docker compose logs
  { layer: 'logs', pattern: /^\[pod\/[^\]\s]+\](?:[ \t]|$)/ },
  { layer: 'logs', pattern: /^[a-z0-9][\w.-]*[ \t]+[a-z0-9][\w.-]*[ \t]+(?=\d{4}-\d{2}-\d{2}T)/ },
  { layer: 'logs', pattern: /^[A-Za-z0-9][\w./-]*[ \t]*[|│][ \t]/ },
  // stern, which names a pod and perhaps a container
  {
    layer: 'logs',
    pattern:
      /^(?!ip6?tables)[a-z0-9]+(?:-[a-z0-9]+)+[ \t]+(?:[a-z0-9]+(?:-[a-z0-9]+)*[ \t]+)?(?=\d{4}-\d{2}-\d{2}T|(?:\++ )?ip6?tables(?:-\w+)?\s+-|[*:]\w|-[AINP] [A-Z]|COMMIT\s*$|# (?:Generated|Completed) )/,
  },
  // containerd and CRI-O, ISO 8601
  {
    layer: 'logs',
    pattern: new RegExp(
      String.raw`^\[?\d{4}-\d{2}-\d{2}[T ]${time}(?:Z|[ \t]?[+-]\d{2}:?\d{2}|[ \t]UTC)?\]?(?:[ \t]+std(?:out|err)[ \t]+[FP])?(?:[ \t]+|$)`,
    ),
  },
  // logrus on a terminal
  { layer: 'logs', pattern: /^(?:TRAC|DEBU|INFO|WARN|ERRO|FATA)\[[^\]]{4,40}\][ \t]+/ },
  // Go's log package, and exec's trace of Linkerd
  { layer: 'logs', pattern: new RegExp(String.raw`^\d{4}/\d{2}/\d{2}[ \t]+${time}[ \t]+`) },
  { layer: 'logs', pattern: /^:;[ \t]+/ },
  // The same, where it marks what a command has printed
  { layer: 'logs', pattern: /^<[ \t]+(?=Chain \S+ \(|[*:]\w|-[AINP] [A-Z]|# Generated )/ },
  // syslog, journald, klog
  {
    layer: 'logs',
    pattern: new RegExp(
      String.raw`^[A-Z][a-z]{2}[ \t]+\d{1,2}[ \t]+${time}[ \t]+[\w.-]+[ \t]+[\w./@-]+(?:\[\d+\])?:[ \t]+`,
    ),
  },
  { layer: 'logs', pattern: new RegExp(String.raw`^[IWEF]\d{4}[ \t]+${time}[ \t]+\d+[ \t]+[\w./-]+:\d+\][ \t]*`) },
  { layer: 'logs', pattern: new RegExp(String.raw`^[\[(]?${time}[\])]?(?:[ \t]+|$)`) },
  { layer: 'logs', pattern: new RegExp(String.raw`^${level}\t+(?:[a-z][\w./-]*\t+)?`, 'i') },
  {
    layer: 'logs',
    pattern: new RegExp(
      String.raw`^${level}(?:[ \t]+\[?(?!ip6?tables)[a-z][\w./-]*\]?:?)?[ \t]+(?=[*:\[#-]|COMMIT|ip6?tables|/)`,
      'i',
    ),
  },
  { layer: 'logs', pattern: /^\[[A-Za-z][\w ./-]{0,40}\][ \t]+(?=[*:[#-]|COMMIT|ip6?tables|\/)/ },
  {
    layer: 'logs',
    pattern:
      /^(?:running|executing|execute|exec|run|ran|applying|command)(?: the| this| following)*(?: (?:command|rule|iptables command|cmd))?:[ \t]+/i,
  },
]

const host = String.raw`(?:\([\w.-]+\)[ \t]*)?(?:\[[^\]\r\n]{1,80}\]|[\w.-]+@[\w.-]+(?:[:\s][^\s$#%>]*)?|(?:ba|z|a|da)?sh(?:-[\d.]+)?|[\w.-]+:[^\s$#%>]*|[~/][\w/.~-]*)`
/**
 * What a shell puts before a command: its prompt, and `set -x`'s mark. A root's `# ` alone may be a comment's as well.
 */
const prompt = new RegExp(`^(?:${host}[ \\t]?[$#%>]|[$%❯➜λ])[ \\t]+`)
/** PS4 may name the file and the line (bash(1)). */
const trace =
  /^\++[ \t]*(?:\([\w./-]+:\d+\):[ \t]*(?:\w+\(\):[ \t]*)?|(?<=[ \t])[\w./-]+:\d+:[ \t]*(?:\w+(?:\(\))?:[ \t]*)?|(?<=[ \t]))(?=\S)/
const bullet = /^(?:[-*+•]|\d{1,2}[.)])[ \t]+(?=`?(?:sudo[ \t]|(?:[\w./-]*\/)?ip6?tables\b|-[AINP][ \t]))/

/** Patterns are asked of nothing longer: no rule is. */
const longest = 12_000

export function peel(line: Line): Peeled {
  if (line.text.length > longest) return coreOf(line, [])
  const plain = coreOf(line, [])
  if (plain.kind !== 'other' && plain.kind !== 'blank') return plain
  const layers: Layer[] = []
  let outer = line
  for (let depth = 0; depth < 8; depth += 1) {
    const found = outerLayers.find(({ pattern }) => pattern.test(outer.text))
    if (found === undefined) break
    outer = cut(outer, found.pattern.exec(outer.text)?.[0].length ?? 0)
    // `2024/01/02 10:11:12 > iptables …`: so Linkerd's log has what it runs.
    layers.push(found.layer === 'quotes' && layers.includes('logs') ? 'logs' : found.layer)
    if (found.layer === 'boxes') outer = cut(outer, 0, outer.text.replace(/[ \t]*[│┃║▐▕|][ \t]*$/, '').length)
    if (kindOf(outer.text.trim()) !== 'other') break
  }
  const peeled = coreOf(outer, layers)
  if (peeled.kind !== 'other') return peeled
  const [first = ''] = peeled.core.text.split(/\s/, 1)
  const isCommand = isWrapper(first) || /^(?:cat|echo|printf|tee|(?:ba|z|a|da)?sh)$|^[A-Za-z_]\w*=/.test(first)
  return (isCommand || /\]: exit status [1-9]/.test(line.text) ? undefined : behindSomeLog(line)) ?? peeled
}

/** `\\*nat`, `ISTIO\\_INBOUND`: Markdown's source, copied with its escapes. */
function withoutEscapes(line: Line): Line | undefined {
  let own = line
  for (let at = own.text.search(/\\[*_[\]#~-]/); at >= 0; at = own.text.search(/\\[*_[\]#~-]/))
    own = replaceIn(own, at, at + 1, '')
  return ['table', 'chain', 'rule'].includes(kindOf(own.text)) ? own : undefined
}

/** A log that is not known here: a time of day, whatever else, and a line of rules. */
function behindSomeLog(line: Line): Peeled | undefined {
  const [, before] =
    /^(.{0,160}?\d{1,2}:\d{2}:\d{2}\S*\s.{0,160}?[\s:\]>"])(?=\*\s?(?:raw|mangle|nat|filter)\s*$|:[A-Z]\w+ (?:-|ACCEPT|DROP)|-[AIDN] [A-Z]|COMMIT\s*$|(?:[\w./-]*\/)?ip6?tables(?:-\w+)? )/.exec(
      line.text,
    ) ?? []
  if (before === undefined) return undefined
  const peeled = coreOf(cut(line, before.length), ['logs'])
  return peeled.kind === 'other' ? undefined : peeled
}

function coreOf(outer: Line, found: readonly Layer[]): Peeled {
  const layers = [...found]
  let core = trimmed(outer)
  let kind = kindOf(core.text)
  if (
    kind !== 'other' &&
    kind !== 'blank' &&
    !(kind === 'rule' || kind === 'chain' ? /\\[_*]/.test(core.text) : false)
  ) {
    // In a table the indentation is told; what is behind a log's prefix has none of its own.
    if (core.text !== outer.text && outer.text.length > 0 && /^[ \t]/.test(outer.text) && layers.length === 0)
      layers.push('indented')
    return finish(outer, core, kind, layers)
  }
  for (const [layer, pattern] of [
    ['prompts', prompt],
    ['traces', trace],
    ['prompts', prompt],
    ['bullets', bullet],
  ] as const) {
    const [all] = core.text.length > longest ? [] : (pattern.exec(core.text) ?? [])
    if (all === undefined) continue
    core = trimmed(cut(core, all.length))
    layers.push(layer)
    kind = kindOf(core.text)
    if (kind !== 'other') break
  }
  const listed = core.text.length < longest ? withoutList(core) : undefined
  if (listed !== undefined) {
    core = listed
    layers.push('strings')
    kind = kindOf(core.text)
  }
  if (core.text.length < longest && /^(["']).*\1,?$/.test(core.text)) {
    const inside = trimmed(cut(core, 1, core.text.length - (core.text.endsWith(',') ? 2 : 1)))
    // A quoted line has its own quotation marks escaped.
    if (kindOf(inside.text) !== 'other' && !/["\\]/.test(inside.text)) {
      core = inside
      layers.push('strings')
      kind = kindOf(core.text)
    }
  }
  if (/^`[^`]+`[.,;:]?$/.test(core.text)) {
    core = trimmed(cut(core, 1, core.text.lastIndexOf('`')))
    layers.push('quotes')
    kind = kindOf(core.text)
  }
  const plain =
    /\\[*_[\]#~-]/.test(core.text) && core.text.length < longest && !core.text.includes('"')
      ? withoutEscapes(core)
      : undefined
  return plain === undefined
    ? finish(outer, core, kind, layers)
    : finish(outer, plain, kindOf(plain.text), [...layers, 'escapes'])
}

/** A program's arguments as a list: `["iptables", "-t", "nat"]` of JSON, Python or YAML, `[iptables -t nat]` of Go. */
function withoutList(line: Line): Line | undefined {
  // What Docker's daemon says that it runs
  const [whole, program = ''] = /^((?:[\w./-]*\/)?ip6?tables), \[[^[\]]*\]$/.exec(line.text) ?? []
  if (whole !== undefined) return replaceIn(cut(line, 0, whole.length - 1), program.length, program.length + 3, ' ')
  const [all, before = '', inside = ''] =
    /^((?:[\w ./-]{1,60}[:=(]?[ \t]*|execve\("[\w./-]+", )?\[[ \t]*)((?:["']?(?:[\w./-]*\/)?ip6?tables(?:-\w+)?\b).*?)[ \t]*\](?:\)?[,;]?|(?:, \w+=[\w.]+){1,6}\)|, (?:0x[\da-f]+|\[[^\]]*\]).*\) = 0)$/.exec(
      line.text,
    ) ?? []
  if (all === undefined) return undefined
  const own = cut(line, before.length, before.length + inside.length)
  if (!/["'[\],]/.test(inside)) return own
  if (!/^(?:(["'])[^"'\\]*\1|[^\s"'\\,[\]]+)(?:,[ \t]*(?:(["'])[^"'\\\s]+\2|[^\s"'\\,[\]]+))*$/.test(inside))
    return /^["']|["'[\]]/.test(inside) ? undefined : own
  // From the last one on, so that those before it stay where they are.
  return [...own.text.matchAll(/(["']).*?\1|,[ \t]*/g)].reduceRight((at, { 0: found, index }) => {
    const end = index + found.length
    return found.startsWith(',')
      ? replaceIn(at, index, end, ' ')
      : replaceIn(replaceIn(at, end - 1, end, ''), index, index + 1, '')
  }, own)
}

function finish(outer: Line, core: Line, kind: Kind, layers: readonly Layer[]): Peeled {
  // A terminal program shows more behind what has been cut off.
  if (kind === 'commit' && layers.includes('boxes'))
    return { outer, core: cut(core, 0, 'COMMIT'.length), kind, layers: [...new Set(layers)] }
  return { outer, core, kind, layers: [...new Set(layers)] }
}

export function trimmed(line: Line): Line {
  const { text } = line
  const first = indentationOf(text)
  return cut(line, first, Math.max(first, text.trimEnd().length))
}
