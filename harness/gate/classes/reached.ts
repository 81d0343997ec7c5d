import { type Box, frameText } from '../../classes/boxes/frame.ts'
import type { World } from '../../classes/space/world.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Rule } from '../../netfilter/ruleset.ts'
import { flowsAround } from './around.ts'
import { flowsAroundRule } from './around-rule.ts'

/** From how many places flows are sent around one rule, each of another protocol or origin. */
const mostPlaces = 4

/** Rules that the model cannot judge, and flows that come to them. */
export class Reached {
  readonly #rules = new Map<Rule | string, Map<string, Box>>()

  /** @param rule where it is known which one it is. @param box flows of which it cannot tell for that reason. */
  add(reason: string, rule: Rule | undefined, box: Box): void {
    const places = this.#rules.get(rule ?? reason) ?? new Map<string, Box>()
    this.#rules.set(rule ?? reason, places)
    const key = frameText(box.frame)
    if (!places.has(key) && places.size < mostPlaces) places.set(key, box)
  }

  /** What to send to see what those rules do. @param space as `spaceOf` has it. */
  flows(worlds: readonly World[], space: readonly Box[]): { rules: number; flows: ConcreteFlow[] } {
    const flows = [...this.#rules].flatMap(([rule, places]) => {
      const boxes = [...places.values()]
      return typeof rule === 'string'
        ? boxes.flatMap((box) => flowsAround(box, worlds))
        : flowsAroundRule(rule, boxes, worlds, space)
    })
    const unique = new Map(flows.map((flow) => [JSON.stringify(flow), flow]))
    return { rules: this.#rules.size, flows: [...unique.values()] }
  }
}
