/** The outcome depends on something that the model does not know: no prediction is better than a guess. */
export class Unpredictable extends Error {
  /** It lies in the flow itself, whatever the rules: nobody sends it, or nobody could tell where it arrived. */
  readonly isOfFlow: boolean

  constructor(message: string, { isOfFlow = false } = {}) {
    super(message)
    this.isOfFlow = isOfFlow
  }
}
