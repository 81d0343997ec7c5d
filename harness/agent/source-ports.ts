import { countPorts, type PortRange } from '../core/port-range.ts'

/** Hands out ports in order, and starts over after the last one. */
export class PortCycle {
  readonly #ranges: readonly PortRange[]
  #range = 0
  #next: number | undefined

  /** @param ranges at least one, none of them empty. */
  constructor(ranges: readonly PortRange[]) {
    this.#ranges = ranges
  }

  /** How many there are. */
  get size(): number {
    return countPorts(this.#ranges)
  }

  take(): number {
    const range = this.#ranges[this.#range]
    if (range === undefined) throw new Error('no source ports are left for the proxy')
    const port = this.#next ?? range.first
    this.#next = port < range.last ? port + 1 : undefined
    if (this.#next === undefined) this.#range = (this.#range + 1) % this.#ranges.length
    return port
  }
}
