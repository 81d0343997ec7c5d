import type { Family } from '../../core/address.ts'
import type { Made } from '../compared/ask.ts'
import { type Beside, firewalls, withBeside } from '../compared/beside.ts'
import type { BackendPair, Sides } from '../compared/sides.ts'
import { topologyFor } from '../compared/topology.ts'
import { type ClassBudget, type Compared, compareRules, type Known } from './compare.ts'
import { compareBeside, type KnownBeside } from './compare-beside.ts'

/** What both sides have made for one config, and how it is compared. */
export interface ConfigQuestion {
  made: Sides<Made>
  podIPs: readonly Family[] | undefined
  backends: readonly BackendPair[]
  families: readonly Family[]
  budget: ClassBudget
  /** Whether it is compared beside what other programs load as well. */
  isBeside: boolean
}

/** How far the model has compared them, for each pair of backends: the same object where those execute the same. */
export interface ConfigCompared {
  alone: readonly Compared[]
  /** The same beside what other programs load, as far as that alone shows a difference; none where it cannot. */
  beside: readonly { beside: Beside; compared: readonly Compared[] }[]
}

/** Compares both sides' rules for one config. What is asked and answered is plain data, so that a thread can do it. */
export function compareConfig(question: ConfigQuestion): ConfigCompared {
  const { made, podIPs, backends, families, budget, isBeside } = question
  const topology = topologyFor([...made.baseline.texts, ...made.candidate.texts], podIPs)
  const known: Known = []
  const alone = backends.map((pair) => ({
    pair,
    told: compareRules(made, pair, topology, known, { families, budget }),
  }))
  const isTracked = isBeside && alone.some(({ told }) => told.tracked.length > 0)
  return {
    alone: alone.map(({ told }) => told.compared),
    beside: (isTracked ? firewalls : []).map((beside) => {
      const both = withBeside(made, beside)
      const knownBeside: KnownBeside = new Map()
      return {
        beside,
        compared: alone.map(({ pair, told }) =>
          compareBeside(both, { ...told, backends: pair, topology }, knownBeside),
        ),
      }
    }),
  }
}
