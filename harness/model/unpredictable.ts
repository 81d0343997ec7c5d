/** The rules ask what nobody here can answer: no prediction is better than a guess. */
export class Unpredictable extends Error {}
