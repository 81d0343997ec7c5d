import { inputError } from '../core/errors.ts'
import { programRunner } from '../sys/exec.ts'
import { builderLimits, builderSource } from './builder.ts'
import { splitCommand } from './command-words.ts'
import type { RuleSource } from './source.ts'

/**
 * The rules that an external program prints. No shell is involved.
 * @param command program and arguments, split by the shell's quoting rules.
 * @param directory where the builder runs.
 * @param limits for tests.
 * @throws HarnessError (`input`) if the command cannot be split.
 */
export function execSource(id: string, command: string, directory: string, limits = builderLimits): RuleSource {
  const [file, ...args] = splitCommand(id, command)
  if (file === undefined) throw inputError(id, 'names no program', 'write exec:COMMAND')
  return builderSource(id, async (input) => {
    const run = await programRunner()
    return run(file, args, { cwd: directory, input, killDescendants: true, ...limits })
  })
}
