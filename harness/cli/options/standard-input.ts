import { inputError } from '../../core/errors.ts'
import { isStandardPath } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'

/** Whether `--rules` says that the rules come by standard input. */
export const isStandardInput = (rules: string | undefined): boolean =>
  rules?.startsWith('file:') === true && isStandardName(rules.slice('file:'.length))

const isStandardName = (name: string): boolean => name === '-' || isStandardPath(fromCaller(name))

/**
 * Standard input can be read once.
 * @throws HarnessError (`input`) where rules and config, or two other files, would both be read from it.
 */
export function refuseSharedInput({
  rules,
  config,
  pod,
  meshconfig,
}: {
  rules?: string | undefined
  config?: string | undefined
  pod?: string | undefined
  meshconfig?: string | undefined
}): void {
  const files = Object.entries({ config, pod, meshconfig }).flatMap(([option, file]) =>
    file !== undefined && isStandardName(file) ? [`--${option}`] : [],
  )
  const [option, other] = files
  if (option === undefined) return
  if (isStandardInput(rules))
    throw inputError(option, 'standard input holds the rules already', `write ${option} FILE, or --rules file:PATH`)
  if (other !== undefined) throw inputError(other, `standard input holds ${option} already`, `write ${other} FILE`)
}
