import { quote } from '../../../core/shell-quote.ts'
import type { Line } from '../text/line.ts'

/** A word that a container is started with, and the lines that it is written in. */
export interface Argument {
  text: string
  /** Where it stands; a word of several lines has several. */
  lines: readonly Line[]
}

/** A container, as far as it has to do with rules: an init container, or one that stays. */
export interface Container {
  /** How it ended, where the text says so. */
  ended?: { exitCode: number; reason: string }
  name: string
  image?: string
  /** Its command and arguments: one word each. */
  argv: readonly Argument[]
  /** Variables whose values are said. */
  environment: ReadonlyMap<string, string>
}

/** A pod that a text describes, or a ConfigMap with texts for one. */
export interface Pod {
  /** The lines of the file that describe its containers, from 1, both included. */
  first: number
  last: number
  /** In the order in which they run. */
  containers: readonly Container[]
  /** A ConfigMap's texts, of which each is a file. */
  files?: readonly (readonly Line[])[]
}

const shell = /^(?:\S*\/)?(?:ba|z|a|da)?sh$/

/** A part of a text: a container's script, a builder's flags, or a file of its own. */
export type Part =
  | { kind: 'file'; lines: readonly Line[] }
  | { kind: 'script'; lines: readonly Line[]; environment: ReadonlyMap<string, string> }
  | {
      kind: 'flags'
      argv: readonly Argument[]
      at: Line
      image?: string
      environment: ReadonlyMap<string, string>
    }

const speaksOfRules = /(?:^|[\s/'"|&;(])(?:ip6?tables(?:-nft|-legacy)?(?:-restore)?|istio-iptables)(?:[\s'"]|$)/

/** What a pod's containers do to the rules, and what its files hold. */
export const partsOf = ({ containers, files = [] }: Pod): Part[] => [
  ...containers.flatMap((container) => partOf(container) ?? []),
  ...files.map((lines): Part => ({ kind: 'file', lines })),
]

/** What a container does to the rules; undefined if it seems to do nothing. */
export function partOf({ argv, image, environment }: Container): Part | undefined {
  const isShells = argv.some(({ text }, index) => index < 4 && shell.test(text))
  const option = argv.findIndex(({ text }, index) => index < 8 && /^-[a-z]*c$/.test(text))
  const script = option >= 0 && (isShells || option === 0) ? argv.slice(option + 1) : argv
  const builder = argv.slice(0, 3).find(({ text }) => /(?:^|\/)(?:istio-iptables|pilot-agent)$/.test(text))
  const isFlags =
    builder !== undefined && !isShells && (/istio-iptables$/.test(builder.text) || argv[1]?.text === 'istio-iptables')
  if (isFlags)
    return {
      kind: 'flags',
      argv: argv.slice(argv.findLastIndex(({ text }, index) => index < 3 && /istio-iptables$/.test(text)) + 1),
      at: builder.lines[0] as Line,
      environment,
      ...(image && { image }),
    }
  const [first] = argv
  // Up to Istio 1.5 the image's own entrypoint is the builder, and the arguments are its flags alone.
  if (first?.text.startsWith('-') === true && /(?:^|\/)proxy_init(?:[:@]|$)/.test(image ?? ''))
    return { kind: 'flags', argv, at: first.lines[0] as Line, environment, ...(image && { image }) }
  const lines = script.flatMap((word) => word.lines)
  if (!lines.some(({ text }) => speaksOfRules.test(text))) return undefined
  // A program with its options, one a line, is no script.
  if (!isShells && first !== undefined && argv.length > 1 && /^(?:\S*\/)?ip6?tables(?:-nft|-legacy)?$/.test(first.text))
    return { kind: 'script', lines: [joined(argv)], environment }
  return { kind: 'script', lines, environment }
}

/** Words as one line of a script, each character where its word stands. */
function joined(argv: readonly Argument[]): Line {
  const [first] = argv
  return {
    text: argv.map(({ text }) => quote(text)).join(' '),
    number: first?.lines[0]?.number ?? 1,
    shifts: [],
    columns: [first?.lines[0]?.columns?.[0] ?? 1],
  }
}
