/** More than that is forgotten, all at once. */
const mostKnown = 10_000

/**
 * The same function, which makes each result once for as long as it is remembered: the same few are asked about
 * again and again. What it makes is shared.
 */
export function remembered<T, K extends string | bigint = string>(make: (key: K) => T): (key: K) => T {
  const known = new Map<K, T>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size >= mostKnown) known.clear()
    const made = make(key)
    known.set(key, made)
    return made
  }
}

/** The same for objects, which never change: what is made of one is remembered for as long as that is there. */
export function rememberedOf<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const known = new WeakMap<K, T>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    known.set(key, made)
    return made
  }
}
