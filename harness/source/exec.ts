import { HarnessError, inputError } from '../core/errors.ts'
import { shellTokens } from '../iptables/shell-words.ts'
import type { BuildRequest } from '../mesh/mesh.ts'
import { type Finished, programRunner } from '../sys/exec.ts'
import { Answers } from './answers.ts'
import type { RuleSource } from './source.ts'
import { readSourceText } from './text.ts'

/** Milliseconds that a builder may take. */
const timeout = 30_000
/** Bytes that a builder may print. */
const maxBuffer = 64 * 1024 * 1024

/**
 * The rules that an external program prints: it reads a `sidetrack.config/1` object on standard input. No shell is involved.
 * @param command program and arguments, split by the shell's quoting rules.
 * @param directory where the builder runs.
 * @param limits for tests.
 * @throws HarnessError (`input`) if the command cannot be split.
 */
export function execSource(id: string, command: string, directory: string, limits = { timeout, maxBuffer }): RuleSource {
  const [file, ...args] = splitCommand(id, command)
  if (file === undefined) throw inputError(id, 'names no program', 'write exec:COMMAND')
  const outputs = new Answers(async (request) => {
    const run = await programRunner()
    const input = `${JSON.stringify(questionOf(request))}\n`
    return outputOf(id, await run(file, args, { cwd: directory, input, killDescendants: true, ...limits }))
  })
  return {
    id,
    kind: 'builder',
    text: (request) => outputs.for(request),
    rules: async (request) => readSourceText(await outputs.for(request), request, `${id}: its output cannot be read`, 'rules'),
  }
}

function splitCommand(id: string, command: string): string[] {
  try {
    return shellTokens(command).map((token) => {
      if (token.kind === 'word') return token.text
      throw inputError(`line ${token.line}, column ${token.column}`, `'${token.text}' is not read, since no shell runs`)
    })
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error
    throw inputError(id, error.message, error.hint ?? `a shell has to be asked for: exec:sh -c '…'`)
  }
}

/** The fields of the builders' protocol and no others, whatever else the request carries. */
function questionOf({ schema, mesh, config, podAnnotations, podIPs, family }: BuildRequest): BuildRequest {
  return { schema, mesh, config, podAnnotations, podIPs, family }
}

function outputOf(id: string, { exitCode, stdout, stderr, failure, notStarted }: Finished): string {
  if (exitCode === 0) return stdout
  if (notStarted) throw inputError(id, failure ?? 'cannot be started')
  throw new HarnessError('rules', `${id}: ${failure ?? `it exited with ${exitCode}`}${firstLines(stderr)}`)
}

/** A stranger's program may print anything: three lines of it, without what a terminal would obey. */
function firstLines(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) =>
      line
        .replace(/\p{Cc}/gu, ' ')
        .trim()
        .slice(0, 200),
    )
    .filter((line) => line !== '')
  return lines.length === 0 ? '' : `: ${lines.slice(0, 3).join(' | ')}`
}
