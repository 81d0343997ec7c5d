/**
 * Like Promise.all, but waits for all promises to settle, so that no work goes on in an abandoned pod.
 * @throws the error that came first.
 */
export async function allEnded<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(promises)
  // The caller gets the error, but only after all have ended.
  all.catch(() => {})
  await Promise.allSettled(promises)
  return all
}
