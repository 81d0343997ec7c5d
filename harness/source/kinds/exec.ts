import { basename } from 'node:path'
import { inputError } from '../../core/errors.ts'
import { runGuarded } from '../../sys/processes/exec.ts'
import { type AccountOptions, noAccounts, withAccounts } from '../rules/accounts.ts'
import { type BuilderLimits, builderLimits, builderSource } from './builder.ts'
import { splitCommand } from './command-words.ts'
import type { RuleSource } from '../rules/source.ts'

export interface ExecOptions {
  cleanEnv?: boolean
  accounts?: AccountOptions
  limits?: BuilderLimits
}

/**
 * The rules that an external program prints. No shell is involved.
 * @param command program and arguments, split by the shell's quoting rules.
 * @param directory where the builder runs.
 * @param options `cleanEnv` keeps the caller's environment from it; names of accounts that `accounts` does not give
 * are left to iptables, which looks them up where it loads the rules; `limits` are for tests.
 * @throws HarnessError (`input`) if the command cannot be split.
 */
export function execSource(
  id: string,
  command: string,
  directory: string,
  { cleanEnv = false, limits = builderLimits, accounts: { given } = {} }: ExecOptions = {},
): RuleSource {
  const [file, ...args] = splitCommand(id, command)
  if (file === undefined) throw inputError(id, 'names no program', 'write exec:COMMAND')
  const hasOwnNetwork = leavesNetwork(file, args)
  const env = cleanEnv ? minimalEnvironment() : process.env
  const run: Parameters<typeof builderSource>[1] = async (input, within, signal) => {
    const finished = await runGuarded(file, args, { cwd: directory, env, input, signal, hasOwnNetwork, ...within })
    // A revision's builder is not called by its command.
    if (!finished.notStarted || id.includes(file)) return finished
    return { ...finished, failure: `${file}: ${finished.failure ?? 'it cannot be started'}` }
  }
  const source = builderSource(id, run, limits)
  return given === undefined ? source : withAccounts(source, () => noAccounts, { given })
}

/** Whether the first that it does is to enter a network namespace of its own (unshare(1)). */
function leavesNetwork(file: string, args: readonly string[]): boolean {
  const end = args.findIndex((word) => word === '--' || !word.startsWith('-'))
  return basename(file) === 'unshare' && args.slice(0, end).some((word) => /^(-[CTUcfimpru]*n|--net(=|$))/.test(word))
}

/** These variables hold no secrets. */
function minimalEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TMPDIR'].flatMap((name) => (name in process.env ? [[name, process.env[name]]] : [])),
  )
}
