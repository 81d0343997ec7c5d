/**
 * @param most how many letters may be wrong; by default a third of them.
 * @returns the known name that a mistyped one most likely means, or undefined if none is close.
 */
export function nearestName(
  name: string,
  known: Iterable<string>,
  most = Math.floor(name.length / 3),
): string | undefined {
  // Beyond any known name's length nothing is close, and a stranger's name may be very long.
  if (name.length > 100) return undefined
  let nearest: string | undefined
  let least = most + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** `did you mean run?`, where a known name is close to a mistyped one. */
export function didYouMean(name: string, known: Iterable<string>, most?: number): string | undefined {
  const nearest = nearestName(name, known, most)
  return nearest === undefined ? undefined : `did you mean ${nearest}?`
}

/** Letters to insert, delete or replace, and neighbours to swap (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const [a, b] = [[...from], [...to]]
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let line = 1; line <= a.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (a[line - 1] === b[column - 1] ? 0 : 1)
      const isSwap = a[line - 1] === b[column - 2] && a[line - 2] === b[column - 1] && line > 1 && column > 1
      const swapped = isSwap ? (before[column - 2] ?? 0) + 1 : replaced
      next.push(Math.min(replaced, swapped, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
