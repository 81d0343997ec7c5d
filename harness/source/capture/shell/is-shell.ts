import { isWrapper } from './programs.ts'

/** Whether a line is a shell's business, and not prose or somebody's output. */
export function isShell(text: string, isScript: boolean): boolean {
  if (isScript) return true
  if (text.length > 20_000) return false
  const [first = ''] = text.split(/\s/, 1)
  const hasProgram = /(?:^|[\s/'"|({])ip6?tables(?:-nft|-legacy)?(?:-save|-restore)?(?=$|[\s'"|;&<>)])/.test(text)
  if (/^(?:export\s+|readonly\s+|local\s+)?[A-Za-z_]\w*\+?=/.test(text)) return true
  if (isWrapper(first) && (hasProgram || /\sip\s/.test(text))) return true
  if (
    /^(?:\S*\/)?ip\s+(?:-\S+\s+(?:inet6?\s+)?)*(?:ru|rule|ro|route|addr|address)\s+(?:add|append|prepend|replace|change|del|delete|flush|show|list|ls|a|d)\b/.test(
      text,
    )
  )
    return true
  if (/^(?:\S*\/)?ipset\s+\S/.test(text) || (isWrapper(first) && /[\s/]ipset\s+\S/.test(text))) return true
  if (['cat', 'echo', 'printf', 'tee'].includes(first))
    return hasProgram || /<<-?\s*["'\\]?\w/.test(text) || /\|\s*tee\b/.test(text) || isOpen(text)
  if (/^\$\{?[A-Za-z_]/.test(text)) return true
  if (['!', '[', '[[', 'test', 'command', 'which', '{', '('].includes(first) && hasProgram) return true
  if (/^(?:\S*\/)?(?:ba|z|a|da)?sh\s/.test(text)) return hasProgram
  if (/^(?:if\s.*(?:;\s*then|then)?$|for\s+\w+\s+in\b|while\s.*(?:;\s*do|do)?$)/.test(text))
    return /(?:;\s*(?:then|do)|\s(?:then|do)|\]|\))\s*$/.test(text) || hasProgram
  if (/^(?:then|else|fi|do|done|esac)\b\s*(?:$|[;#&|])/.test(text)) return true
  if (/^[A-Za-z_]\w*\s*\(\)\s*\{?$/.test(text)) return true
  return /^(?:\S*\/)?(?:istio-iptables|pilot-agent\s+istio-iptables|proxy-init|linkerd2-proxy-init)\s+-|^kumactl install transparent-proxy/.test(
    text,
  )
}

/** A quotation goes on in the next line. */
const isOpen = (text: string): boolean =>
  ["'", '"'].some((quote) => text.split(quote).length % 2 === 0 && !/\w'\w/.test(text))
