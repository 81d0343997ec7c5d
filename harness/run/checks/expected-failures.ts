import * as v from 'valibot'
import { object, text } from '../../input/fields.ts'
import { globExpression } from '../../input/glob.ts'
import { type Entry, readYamlList } from '../../input/yaml-list.ts'
import type { CheckResult } from './check.ts'

const schema = object({ ids: v.pipe(text, v.nonEmpty('is empty')), reason: v.pipe(text, v.nonEmpty('is empty')) })

interface Expectation extends Entry<v.InferOutput<typeof schema>> {
  expression: RegExp
  failed: number
  /** Checks that it covers and that passed all the same. */
  passed: string[]
}

/** How many ids a line names before the rest is counted. */
const mostNamed = 3

/**
 * The checks that an imperfect builder is known to fail: a file of its maintainer's, a list of globs over ids with a
 * reason each.
 */
export class ExpectedFailures {
  readonly #expectations: readonly Expectation[]
  readonly #name: string

  /**
   * @param name the file as messages call it. @param file its absolute path.
   * @throws HarnessError (`input`) with all that is wrong with it, each at its line.
   */
  constructor(name: string, file: string, content: string) {
    this.#name = name
    this.#expectations = readYamlList(file, content, schema).map((entry) => ({
      ...entry,
      expression: globExpression(entry.ids),
      failed: 0,
      passed: [],
    }))
  }

  /**
   * A failure that is expected becomes a check that is skipped, with both reasons; faults of this machine or of
   * Sidetrack stay.
   */
  apply(result: CheckResult): CheckResult {
    const found = this.#expectations.find(({ expression }) => expression.test(result.check.id))
    if (found === undefined) return result
    if (result.status === 'passed') found.passed.push(result.check.id)
    const isFailure = result.status === 'failed' || (result.status === 'error' && result.fault === 'rules')
    if (!isFailure) return result
    found.failed += 1
    const { fault: _, parting: __, promisedBy: ___, nearMisses: ____, ...rest } = result
    const reason = `it fails, as is expected (${found.reason}): ${result.reason ?? result.status}`
    return { ...rest, status: 'skipped', reason, expectedFailure: found.reason }
  }

  /**
   * What is no longer as the file says, a line an entry: checks that pass, and entries that cover none of this run's.
   * @param isWhole whether that is all that is selected.
   */
  unmet(isWhole = true): string[] {
    return this.#expectations.flatMap(({ line, ids, failed, passed }) => {
      const where = `${this.#name}:${line}: ${ids}`
      if (failed + passed.length === 0 && isWhole) return [`${where}: no check of this run has such an id`]
      if (passed.length === 0) return []
      const more = passed.length - mostNamed
      const named = [...passed.slice(0, mostNamed), ...(more > 0 ? [`${more} more`] : [])].join(', ')
      return [`${where}: ${passed.length} of ${failed + passed.length} pass unexpectedly: ${named}`]
    })
  }
}
