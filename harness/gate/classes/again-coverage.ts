import { plural } from '../../core/plural.ts'
import type { AskedAgain } from '../compared/again.ts'

/** What a second application of the rules was found to leave, by configs. */
export class AgainCoverage {
  /** Other rules than the first one. */
  compared = 0
  #alike = 0
  /** A side has made no rules, which is told as a change. */
  #failing = 0
  /** Why neither side's rules load. */
  readonly #refused: string[] = []

  count(again: AskedAgain): void {
    if (again === 'unasked') return
    if (again === 'alike') this.#alike += 1
    else if ('refused' in again) this.#refused.push(again.refused)
    else if ('failed' in again.baseline || 'failed' in again.candidate) this.#failing += 1
    else this.compared += 1
  }

  /** A line, or none where nobody was asked. */
  lines(): string[] {
    const [why] = this.#refused
    const parts = [
      ...(this.compared > 0 ? [`other rules for ${plural(this.compared, 'config')}, which are compared as well`] : []),
      ...(this.#alike > 0 ? [`${plural(this.#alike, 'config')} as the first time, or the same on both sides`] : []),
      ...(this.#failing > 0 ? [`one side makes no rules for ${plural(this.#failing, 'config')}`] : []),
      ...(why === undefined ? [] : [`refused on both sides for ${plural(this.#refused.length, 'config')} (${why})`]),
    ]
    return parts.length === 0 ? [] : [`applied a second time: ${parts.join('; ')}`]
  }
}
