/** `1 check`, `2 checks`. @param several of a word that does not end in `s` then. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`
}
