import { isTableName } from '../../../iptables/syntax/tree.ts'

/** The kind of a line, from the line alone. */
export type Kind =
  /** `*nat` */
  | 'table'
  /** `:OUTPUT ACCEPT [0:0]` */
  | 'chain'
  /** `-A OUTPUT …`, with counters or without */
  | 'rule'
  | 'commit'
  /** `# …` */
  | 'comment'
  /** A program of iptables', perhaps behind others */
  | 'command'
  /** `Chain OUTPUT (policy ACCEPT)` */
  | 'listing'
  | 'blank'
  | 'other'

/** With options, or nothing: a sentence that begins with a program's name is none. */
const commandLine =
  /^(?:[\w./-]*\/)?ip6?tables(?:-nft|-legacy)?(?:-save(?=\s*(?:$|[;&|<>])|\s+-)|-restore(?=\s*(?:$|[;&|<>])|\s+(?:-|\S*[/.]))|(?=\s*[;&|<>]|\s+(?:-(?!>)|[!$"'\\])))/
/** What one of them says itself: `iptables-restore v1.8.7 (legacy): unable to initialize table 'nat'` */
const says = /^\S+ v\d[\d.]*(?: \(\w+\))?:(?:\s|$)/
/** The names of iptables' own commands, where a line of a payload begins (iptables(8)). */
const ruleStart =
  /^(?:\[\d+:\d+\]\s*)?-(?:[AIDNPFXRECZ](?![\w-])|-(?:append|insert|delete|new-chain|policy|flush|delete-chain|replace|rename-chain|check|zero)\b)/
/** Options that may stand before the command, or before a rule whose command is lost; a lone `-c` is a shell's. */
const ruleOptions =
  /^(?!-c$)(?:\[\d+:\d+\]\s*)?-(?:[tpsdiojmgwcvnLSM46](?=[\s"']|$)|-(?:table|protocol|source|destination|jump|match|wait|list|list-rules)\b)/

/** `:OUTPUT ACCEPT [0:0]`; what Markdown and emoji write between colons (`:::`, `:class:`, `:---`) has no such name. */
const chainLine = /^:(?![:-])\S*\w\S*(?<!:)(?:\s+(?:-|[A-Z]+)(?:\s|$)|$)/

/** Options of a rule without a command before them: the line above has lost its end. */
export const isOptionsAlone = (text: string): boolean =>
  !isLong(text) &&
  !ruleStart.test(text) &&
  /^-(?:[psdiojmg](?=[\s"']|$)|-(?:protocol|source|destination|jump|match)\b)/.test(text) &&
  !/\s-[AINDPFXRECZ]\s/.test(text)

/** @param text without blanks around it. */
export function kindOf(text: string): Kind {
  const first = text[0]
  if (first === undefined) return 'blank'
  if (first === '#') return 'comment'
  if (first === '*') return isTable(text) ? 'table' : 'other'
  if (first === ':') return chainLine.test(text) ? 'chain' : 'other'
  // A word processor has joined two signs to a dash, or made one of them longer.
  if (/^[–—−]-?[AINPD]\s/.test(text)) return 'rule'
  if (first === '-' || first === '[') return ruleStart.test(text) || ruleOptions.test(text) ? 'rule' : 'other'
  if (/^COMMIT\b/.test(text)) return 'commit'
  if (/^Chain \S+ \((?:policy|\d+ ref)/.test(text)) return 'listing'
  return commandLine.test(text) && !says.test(text) ? 'command' : 'other'
}

/** What stands above a chain's rows, whatever lies between: `target     prot opt source               destination` */
export const isListingHead = (text: string): boolean =>
  text.match(/\b(?:target|prot|source|destination)\b/g)?.join(' ') === 'target prot source destination'

/** `*nat`, `* nat`, and what is meant to be one: a single word. A list's item is none. */
function isTable(text: string): boolean {
  const [name = '', more] = text.slice(1).trim().split(/\s+/)
  return isTableName(name) || (more === undefined && /^\*\w+$/.test(text))
}

/** `Writing following contents to rules file: NAME`, which istio-iptables and kumactl print above the rules. */
export const announcedFile = (text: string): string | undefined =>
  isLong(text) ? undefined : /\bcontents to (?:rules )?file:\s+(\/\S+)\s*$/i.exec(text)?.[1]

/** `Running ip6tables-restore with the following input:`, which istio-cni logs where there is none as well. */
export const announcesInput = (text: string): string | undefined =>
  isLong(text) ? undefined : /\b(ip6?tables(?:-nft|-legacy)?-restore) with the following input:\s*$/.exec(text)?.[1]

const isLong = (text: string): boolean => text.length > 20_000

/** Whether there is a rule somewhere in a line, whatever else there is. */
export function looksLikeRule(text: string): boolean {
  if (isLong(text)) return /-j\s/.test(text)
  return (
    /(?:^|[\s`'"(\]:|])(?:-[AID]|--(?:append|insert|delete))\s+[\w-]+\s(?:.*\s)?(?:-j|-g|--jump|--goto)\s+\w/.test(
      text,
    ) ||
    /(?:^|[\s`'"(/])ip6?tables(?:-nft|-legacy)?\s(?:.*\s)?(?:-[AIDNPFX]|--(?:append|insert|delete|new-chain|flush|policy))\s+\w/.test(
      text,
    ) ||
    /(?:^|\s)-(?:[psdiom]|-dport)\s.*\s(?:-j|--jump)\s+[A-Z_]{3,}(?:\s|$)/.test(text)
  )
}
