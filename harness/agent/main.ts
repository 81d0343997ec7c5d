import { flushCompileCache } from 'node:module'
import { asHarnessError } from '../core/errors.ts'
import { readJsonLines, writeJsonLine } from '../sys/processes/json-lines.ts'
import { sealMounts } from '../sys/namespaces/mounts.ts'
import { lackOfFiles } from '../sys/files/open-files.ts'
import { mountPrivateRun } from '../sys/namespaces/private-run.ts'
import { Agent } from './agent.ts'
import { separateConnections } from './pod/sysctls.ts'
import { onProgress } from './progress.ts'
import type { Request, Response, EmitResults } from './protocol.ts'
import { closeSentinels } from './sentinel.ts'
import { workerProgram } from './start-worker.ts'

/**
 * The first process of the sandbox: PID 1 of its PID namespace, so that the kernel ends every other one with it. It
 * ends with its standard input. @param argv `open` leaves the machine's files writable, for commands that a user runs
 * in here.
 */
const [, , mode] = process.argv

// In one line: the parent process shows the end of the output.
process.on('uncaughtException', (error) => {
  const { fault, line } = asHarnessError(error)
  process.stderr.write(`${fault === 'sidetrack' ? error.stack : line}\n`)
  process.exit(1)
})
mountPrivateRun()
separateConnections()
// This and the compile cache could not be written later.
workerProgram()
if (mode !== 'open') {
  flushCompileCache()
  sealMounts()
}

const agent = new Agent()

const say = (response: Response): void => writeJsonLine(process.stdout, response)
onProgress(() => say({ progress: true }))

async function answer({ id, method, params }: Request): Promise<Response> {
  try {
    const handler = agent[method] as (params: unknown, emit: EmitResults) => Promise<unknown>
    return { id, result: await handler.call(agent, params, (flows) => say({ id, flows })) }
  } catch (thrown) {
    const { message, fault, hint, skips } = lackOfFiles(thrown) ?? asHarnessError(thrown)
    return { id, error: { message, fault, ...(hint && { hint }), ...(skips && { skips }) } }
  }
}

readJsonLines(
  process.stdin,
  (request) => void answer(request as Request).then(say),
  () => void closeSentinels().then(() => process.exit()),
)
