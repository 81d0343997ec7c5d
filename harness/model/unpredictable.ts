/** The outcome depends on something that the model does not know: no prediction is better than a guess. */
export class Unpredictable extends Error {}
