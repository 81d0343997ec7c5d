/** The outcome depends on something that the model does not know: no prediction is better than a guess. */
export class Unpredictable extends Error {
  /** It lies in the flow itself, whatever the rules: nobody sends it, or nobody could tell where it arrived. */
  readonly isOfFlow: boolean

  /**
   * It lies in what surrounds the pod of a captured text. What happens in a pod that stands in for it says nothing
   * about that.
   */
  readonly isOfSurroundings: boolean

  constructor(message: string, { isOfFlow = false, isOfSurroundings = false } = {}) {
    super(message)
    this.isOfFlow = isOfFlow
    this.isOfSurroundings = isOfSurroundings
  }
}
