/** More than that is forgotten, all at once. */
const mostKnown = 10_000

/**
 * The same function, which makes each result once for as long as it is remembered: the same few texts are asked about
 * again and again. What it makes is shared.
 */
export function remembered<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size >= mostKnown) known.clear()
    const made = make(text)
    known.set(text, made)
    return made
  }
}
