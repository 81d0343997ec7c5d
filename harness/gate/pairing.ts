import type { Family } from '../core/address.ts'
import type { Asked, Made } from './compared/ask.ts'
import { withBeside } from './compared/beside.ts'
import { type ClassBudget, type Compared, nothing } from './classes/compare.ts'
import type { ConfigCompared, ConfigQuestion } from './classes/compare-config.ts'
import type { Comparing } from './classes/comparing.ts'
import type { GateConfig } from './compared/config.ts'
import type { Coverage } from './classes/coverage.ts'
import type { Alike, GateOptions, Pair } from './driving/options.ts'
import { type BackendPair, backendText, type Sides } from './compared/sides.ts'
import { topologyFor } from './compared/topology.ts'

/** What both sides answer for a config: to a first application, and to a second one where they are asked for it. */
export interface ConfigAnswers {
  config: GateConfig
  answers: Sides<Asked>
  again: Sides<Asked> | undefined
}

type PairingOptions = Pick<GateOptions, 'backends' | 'signal'> & { families: readonly Family[]; budget: ClassBudget }
type Finish = () => Promise<Alike[]>

/** Has both sides' rules compared, config by config and for each two backends. */
export class Pairing {
  readonly #options: PairingOptions
  readonly #coverage: Coverage
  readonly #comparing: Comparing | undefined

  /** @param comparing who looks for witnesses, if somebody does. */
  constructor(options: PairingOptions, coverage: Coverage, comparing: Comparing | undefined) {
    this.#options = options
    this.#coverage = coverage
    this.#comparing = comparing
  }

  /**
   * Begins with a config. None is to be compared where a side has no rules, or both have the same.
   * @returns what waits for its pairs, and counts how far they were compared, in the order in which it is called.
   */
  begin({ config, answers, again }: ConfigAnswers): Finish {
    const first = this.#once(config, answers)
    const twice = again === undefined ? none : this.#twice(config, again)
    return async () => [...(await first()), ...(await twice())]
  }

  #once(config: GateConfig, { baseline, candidate }: Sides<Asked>): Finish {
    const coverage = this.#coverage
    if ('failed' in baseline || 'failed' in candidate)
      return counting(() => {
        if ('failed' in baseline && 'failed' in candidate) {
          coverage.failing += 1
          coverage.whyFailing ??= candidate.failed
        } else coverage.oneSided += 1
      })
    const { backends } = this.#options
    const apart = backends.filter((pair) => baseline.key !== candidate.key || pair.baseline !== pair.candidate)
    if (apart.length > 0) return this.#among(apart, config, { baseline, candidate }, true)
    return counting(() => {
      coverage.same += 1
    })
  }

  /** The same where the rules are applied twice. */
  #twice(config: GateConfig, { baseline, candidate }: Sides<Asked>): Finish {
    if ('failed' in baseline || 'failed' in candidate) return none
    const finish = this.#among(this.#options.backends, config, { baseline, candidate }, false)
    return async () =>
      (await finish()).map(({ pairs, compared }) => ({
        pairs: pairs.map((pair) => ({ ...pair, isAgain: true })),
        compared,
      }))
  }

  #among(backends: readonly BackendPair[], config: GateConfig, made: Sides<Made>, isBeside: boolean): Finish {
    const { podIPs } = config
    const compared = this.#compared({ backends, made, podIPs, isBeside })
    // Whoever waits for the pairs gets the error.
    compared.catch(() => {})
    return async () => {
      const { alone, beside } = await compared
      const topology = topologyFor([...made.baseline.texts, ...made.candidate.texts], podIPs)
      this.#coverage.missing(topology)
      const of = (own: Pick<Pair, 'made' | 'beside'>, each: readonly Compared[]): Alike[] => {
        const pairs = backends.map((pair, at) => {
          const found = each[at] ?? nothing
          this.#coverage.count(found, config, backendText(pair))
          return { pair: { config, topology, backends: pair, ...own }, found }
        })
        const alike = Map.groupBy(pairs, ({ found }) => found)
        return [...alike].map(([found, all]) => ({ pairs: all.map(({ pair }) => pair), compared: found }))
      }
      if (beside.length > 0) this.#coverage.beside += 1
      return [
        ...of({ made }, alone),
        ...beside.flatMap((one) => of({ made: withBeside(made, one.beside), beside: one.beside }, one.compared)),
      ]
    }
  }

  async #compared(question: Omit<ConfigQuestion, 'families' | 'budget'>): Promise<ConfigCompared> {
    const { families, budget, signal } = this.#options
    return this.#comparing?.compare({ ...question, families, budget }, signal) ?? { alone: [], beside: [] }
  }
}

const none: Finish = async () => []

/** What has no pairs, and is counted. */
const counting =
  (count: () => void): Finish =>
  async () => {
    count()
    return []
  }
