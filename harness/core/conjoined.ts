/** `A`, `A and B`, `A, B and C`. */
export const conjoined = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`

/** The same of the first five: `A, B and 3 more`. */
export function listed(texts: readonly string[]): string {
  const more = texts.length - mostListed
  return conjoined(more > 0 ? [...texts.slice(0, mostListed), `${more} more`] : texts)
}

const mostListed = 5
