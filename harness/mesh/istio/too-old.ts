import { type HarnessError, inputError } from '../../core/errors.ts'
import { has, type Release } from './releases.ts'

/** An option that the release does not have. @param since the first release that has it. */
export function tooOld(release: Release, option: string, since: string): HarnessError {
  const hint = `leave it out, or take istio@${has('1.17', since) ? '1.17' : '1.31'}`
  return inputError(option, `Istio has this option from ${since} on, and these rules are of ${release}`, hint)
}
