import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import { HarnessError, inputError } from '../../core/errors.ts'
import type { BuildRequest } from '../../mesh/mesh.ts'
import type { Finished } from '../../sys/processes/exec.ts'
import { Answers } from './answers.ts'
import type { RuleSource } from '../rules/source.ts'
import { readSourceText } from '../rules/text.ts'

/** How long an answer of a builder may take, in milliseconds, and how many bytes it may have. */
export interface BuilderLimits {
  /** Of the first one, for which a program may have to be compiled; as any other unless it is given. */
  first?: number
  timeout: number
  maxBuffer: number
}
export const builderLimits: BuilderLimits = { first: 120_000, timeout: 30_000, maxBuffer: 16 * 1024 * 1024 }

/** How many questions may be late before any is answered: each further one would only be waited for as well. */
const mostLate = 3

/**
 * The rules that a program prints, wherever it runs: it reads one `sidetrack.config/1` object on standard input. The
 * first question is asked alone, so that what has to be compiled is compiled once.
 * @param run starts it with that input and waits for its end, which comes early with the signal.
 */
export function builderSource(
  id: string,
  run: (
    input: string,
    limits: Pick<BuilderLimits, 'timeout' | 'maxBuffer'>,
    signal: AbortSignal | undefined,
  ) => Promise<Finished>,
  { first, timeout, maxBuffer }: BuilderLimits = builderLimits,
): RuleSource {
  const slots = pLimit(1)
  let [asked, late, hasAnswered] = [0, 0, false]
  const ask = async (input: string, signal: AbortSignal | undefined): Promise<Finished> => {
    if (!hasAnswered && late >= mostLate) return unasked
    asked += 1
    const finished = await run(input, { timeout: asked === 1 ? (first ?? timeout) : timeout, maxBuffer }, signal)
    if (finished.isLate) late += 1
    else hasAnswered = true
    // Sixteen that begin at once on two processors all answer late. Each answer makes room for one more, since a builder
    // may wait for something else than a processor; of one that has not answered yet nobody knows whether it will.
    if (hasAnswered) slots.concurrency = Math.max(availableParallelism(), slots.concurrency + (finished.isLate ? 0 : 1))
    return finished
  }
  const answers = new Answers(
    async (request, signal) => {
      const finished = await slots(() => ask(`${JSON.stringify(questionOf(request))}\n`, signal))
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

const unasked: Finished = {
  exitCode: undefined,
  stdout: '',
  stderr: '',
  failure: `it has answered none of ${mostLate} questions in time, and is asked no more`,
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
