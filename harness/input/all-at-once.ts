import { asHarnessError, HarnessError, type Issue } from '../core/errors.ts'

/** Reads one thing after the other, and says at once what is wrong with any of them. */
export class Reading {
  readonly #wrong: HarnessError[] = []

  /**
   * @param read throws a HarnessError (`input`) if what it reads is wrong.
   * @returns what it reads, or something that nobody may look at before `end` has been called.
   */
  of<T>(read: () => T): T {
    try {
      return read()
    } catch (thrown) {
      const error = asHarnessError(thrown)
      if (error.fault !== 'input') throw thrown
      this.#wrong.push(error)
      return undefined as T
    }
  }

  /** @throws HarnessError (`input`) with all that is wrong, a line each; nothing if nothing is. */
  end(): void {
    const [first, ...others] = this.#wrong
    if (first === undefined) return
    if (others.length === 0) throw first
    const message = this.#wrong.map(({ line }) => line).join('\n')
    throw new HarnessError('input', message, { cause: first, issues: this.#wrong.flatMap(issuesOf) })
  }
}

/** What stands before the colon is the place: an option, as `inputError` has it. */
function issuesOf({ message, hint, issues }: HarnessError): readonly Issue[] {
  if (issues.length > 0) return issues
  const [, file = '', what = message] = /^(\S+): (.*)$/s.exec(message) ?? []
  return [{ file, what, ...(hint !== undefined && { hint }) }]
}
