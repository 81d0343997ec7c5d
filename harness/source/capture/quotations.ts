/**
 * Rewrites what stands outside double quotes; what stands in them is a rule's own, since iptables takes any character
 * there. A quotation that is never closed goes to the end. (A regular expression would run out of stack on a long one.)
 * @param rewrite is given each part and where it begins.
 */
export function outsideQuotes(text: string, rewrite: (part: string, at: number) => string): string {
  const rewritten: string[] = []
  let at = 0
  while (at < text.length) {
    const opened = text.indexOf('"', at)
    if (opened < 0) break
    const closed = endOfQuotation(text, opened)
    rewritten.push(rewrite(text.slice(at, opened), at), text.slice(opened, closed))
    at = closed
  }
  return rewritten.join('') + rewrite(text.slice(at), at)
}

/** A text with every quotation replaced by a word. */
export function withoutQuotations(text: string): string {
  const parts: string[] = []
  outsideQuotes(text, (part) => {
    parts.push(part)
    return part
  })
  return parts.join('TEXT')
}

function endOfQuotation(text: string, opened: number): number {
  let at = opened + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}
