import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import { HarnessError, inputError } from '../../core/errors.ts'
import type { BuildRequest } from '../../mesh/mesh.ts'
import type { Finished } from '../../sys/processes/exec.ts'
import { Answers } from './answers.ts'
import type { RuleSource } from '../rules/source.ts'
import { readSourceText } from '../rules/text.ts'

/** How long a builder may take, in milliseconds, and how many bytes it may print. */
export const builderLimits = { timeout: 30_000, maxBuffer: 16 * 1024 * 1024 }

/**
 * The rules that a program prints, wherever it runs: it reads one `sidetrack.config/1` object on standard input.
 * @param run starts it with that input and waits for its end, which comes early with the signal.
 */
export function builderSource(id: string, run: (input: string, signal?: AbortSignal) => Promise<Finished>): RuleSource {
  // Sixteen that begin at once on two processors all answer late. Each answer makes room for one more, since a builder
  // may wait for something else than a processor.
  const slots = pLimit(availableParallelism())
  const answers = new Answers(
    async (request, signal) => {
      const finished = await slots(() => run(`${JSON.stringify(questionOf(request))}\n`, signal))
      slots.concurrency += 1
      signal?.throwIfAborted()
      return outputOf(id, finished)
    },
    (text, request) => readSourceText(text, request, `${id}: its output cannot be read`, 'rules'),
  )
  return {
    id,
    kind: 'builder',
    text: (request) => answers.text(request),
    rules: (request, signal) => answers.rules(request, signal),
  }
}

/** The fields of the builders' protocol and no others, whatever else the request carries. */
function questionOf({ schema, mesh, config, podAnnotations, podIPs, family, current }: BuildRequest): BuildRequest {
  return { schema, mesh, config, podAnnotations, podIPs, family, ...(current !== undefined && { current }) }
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
