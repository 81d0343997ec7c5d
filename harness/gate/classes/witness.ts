import type { ConcreteFlow } from '../../flow/flow.ts'

/** A flow that may be treated otherwise on the two sides: the kernel is asked. */
export interface Witness {
  flow: ConcreteFlow
  /** All flows that it stands for, in words; the empty text where nothing sets them apart. */
  range?: string
  /** `apart`: the model says so; `unjudged`: it cannot tell what one of the sides does. */
  why: 'apart' | 'unjudged'
  /** In what way the two sides are apart, where the model knows it of both. */
  difference?: string
}
