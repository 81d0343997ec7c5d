/** Makes a value when it is first asked for, and once only. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

/**
 * Adds properties that are worked out when they are first read, and are ordinary ones from then on. Whoever copies the
 * object reads them all.
 */
export function withLazy<T extends object, L extends object>(target: T, lazy: { [K in keyof L]: () => L[K] }): T & L {
  for (const [name, make] of Object.entries<() => unknown>(lazy)) {
    const keep = (value: unknown): unknown => {
      Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
      return value
    }
    Object.defineProperty(target, name, { get: () => keep(make()), set: keep, enumerable: true, configurable: true })
  }
  return target as T & L
}
