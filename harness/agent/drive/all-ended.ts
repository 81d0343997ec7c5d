/**
 * As Promise.all, but it waits until all of them have come to their end, so that nobody is still at work in a pod that is given up.
 * @throws the error that came first.
 */
export async function allEnded<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(promises)
  // Whoever calls hears of it, but only once all have ended.
  all.catch(() => {})
  await Promise.allSettled(promises)
  return all
}
