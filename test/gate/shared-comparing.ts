import { Comparing as Own } from '../../harness/gate/classes/comparing.ts'

const shared = new Own()

/** What a gate has threads compare by, and leaves to the next gate. */
export class Comparing implements AsyncDisposable {
  compare(...asked: Parameters<Own['compare']>): ReturnType<Own['compare']> {
    return shared.compare(...asked)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
