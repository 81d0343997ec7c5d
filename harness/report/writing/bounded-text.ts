/** Text of at most so many UTF-8 bytes. A part that does not fit is left out entirely. */
export class BoundedText {
  readonly #parts: string[] = []
  #room: number

  constructor(bytes: number) {
    this.#room = bytes
  }

  /** @param keep bytes that must stay free. @returns whether there was room. */
  add(part: string, keep = 0): boolean {
    const bytes = Buffer.byteLength(part)
    if (bytes > this.#room - keep) return false
    this.#parts.push(part)
    this.#room -= bytes
    return true
  }

  /** Adds the parts that have room. @returns how many had none. */
  addEach(parts: Iterable<string>, keep = 0): number {
    let leftOut = 0
    for (const part of parts) if (!this.add(part, keep)) leftOut += 1
    return leftOut
  }

  toString(): string {
    return this.#parts.join('')
  }
}
