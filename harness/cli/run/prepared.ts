import { availableParallelism } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { tellsOfPassed } from '../../report/reporters/index.ts'
import { standardPods } from '../../sys/files/open-files.ts'
import type { Call } from '../command/command.ts'
import { readEnvoy } from '../options/envoy.ts'
import { refuseSharedInput } from '../options/standard-input.ts'
import { type Sandboxes, startSandboxes } from '../options/sandboxes.ts'
import { refuseBesideBugs } from '../options/scenarios.ts'
import type { RunCall } from './once.ts'
import type { runOptions, RunValues } from './options.ts'

/** Calls of `run` with their sandboxes, which stay as long as the next call asks for the same. */
export class Prepared implements AsyncDisposable {
  readonly #begin: () => void
  #standing: { choice: unknown; sandboxes: Sandboxes; envoy: Envoy } | undefined

  /** @param begin called when a run begins. */
  constructor(begin: () => void) {
    this.#begin = begin
  }

  /** @throws HarnessError (`input`) if options do not go together; (`machine`) if there is no such sandbox. */
  async call({ values, positionals, projectScenarios, args }: Call<typeof runOptions>): Promise<RunCall> {
    refuseSharedInput(values)
    if (values.bugs) refuseBesideBugs(values)
    const { repeat, bail, timeout, jobs = standardJobs(values) } = values
    const { sandboxes, envoy } = await this.#stand(values)
    return {
      values,
      positionals,
      projectScenarios,
      args,
      sandboxes,
      begin: this.#begin,
      manner: {
        jobs,
        repeat,
        bail,
        saysAll: values.verbose,
        ...(!values.reporter.some(({ name }) => tellsOfPassed(name)) && { tracesFailed: true as const }),
        ...(timeout !== undefined && { timeout }),
        ...(envoy && { envoy: envoy.choice }),
      },
    }
  }

  async #stand(values: RunValues): Promise<{ sandboxes: Sandboxes; envoy: Envoy }> {
    const { sandbox, image, privileged, 'init-image': initImage } = values
    const choice = { sandbox, image, privileged, initImage, envoy: values.envoy }
    if (this.#standing !== undefined && isDeepStrictEqual(choice, this.#standing.choice)) return this.#standing
    await this[Symbol.asyncDispose]()
    const envoy = values.envoy === undefined ? undefined : await readEnvoy(values.envoy, values.sandbox)
    this.#standing = { choice, sandboxes: await startSandboxes({ ...values, envoy: envoy?.source }), envoy }
    return this.#standing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const standing = this.#standing
    this.#standing = undefined
    await standing?.sandboxes[Symbol.asyncDispose]()
  }
}

type Envoy = Awaited<ReturnType<typeof readEnvoy>> | undefined

/** Starting two containers for each pod keeps a processor busy. */
function standardJobs({ 'init-image': initImage }: RunValues): number {
  return initImage === undefined ? standardPods() : availableParallelism()
}
