import type { Interval } from '../../netfilter/interval-set.ts'
import type { Rule } from '../../netfilter/ruleset.ts'

/** The outcome depends on something that the model does not know: no prediction is better than a guess. */
export class Unpredictable extends Error {
  /** It lies in the flow itself, whatever the rules: nobody sends it, or nobody could tell where it arrived. */
  readonly isOfFlow: boolean

  /**
   * It lies in what surrounds the pod of a captured text. What happens in a pod that stands in for it says nothing
   * about that.
   */
  readonly isOfSurroundings: boolean

  /** It lies in which of these ports the kernel has drawn, since some are listened on. */
  readonly ports: Interval<number> | undefined

  /** The rule that nobody can judge, if it lies in one. */
  readonly rule: Rule | undefined

  /** What would have to be supposed of that rule. */
  readonly supposition: string | undefined

  constructor(
    message: string,
    {
      isOfFlow = false,
      isOfSurroundings = false,
      ports,
      rule,
      supposition,
    }: Partial<Omit<Unpredictable, keyof Error>> = {},
  ) {
    super(message)
    this.isOfFlow = isOfFlow
    this.isOfSurroundings = isOfSurroundings
    this.ports = ports
    this.rule = rule
    this.supposition = supposition
  }
}

/** IPv6 tells a sender whose socket is bound to a device that leads nowhere near so, before it sends (ENETUNREACH). */
export const noRoute = (address: string, device: string): Unpredictable =>
  new Unpredictable(`no route leads to ${address} by ${device}, which its socket is bound to`, { isOfFlow: true })
