/** Reads a UID or GID. @throws TypeError */
export function id(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 4294967294)
    throw new TypeError(`'${text}' is no UID or GID; they are numbers`)
  return Number(text)
}

/** Reads a list of GIDs. @throws TypeError */
export function ids(text: string): number[] {
  return text.split(',').map(id)
}
