import { asHarnessError } from '../core/errors.ts'
import { readJsonLines, writeJsonLine } from '../sys/json-lines.ts'
import { checked, mount } from '../sys/libc.ts'
import { lackOfFiles } from '../sys/open-files.ts'
import { Agent } from './agent.ts'
import { onProgress } from './progress.ts'
import type { Request, Response, TellFlows } from './protocol.ts'

/**
 * The first process of the sandbox: PID 1 of its PID namespace, so that the kernel ends every other one with it. It ends
 * with its standard input.
 */
const MS_NOSUID = 2
const MS_NODEV = 4

checked(mount('sidetrack', '/run', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=0755'), 'mount /run')

const agent = new Agent()

const say = (response: Response): void => writeJsonLine(process.stdout, response)
onProgress(() => say({ progress: true }))

async function answer({ id, method, params }: Request): Promise<Response> {
  try {
    const handler = agent[method] as (params: unknown, tell: TellFlows) => Promise<unknown>
    return { id, result: await handler.call(agent, params, (flows) => say({ id, flows })) }
  } catch (thrown) {
    const { message, fault, hint } = lackOfFiles(thrown) ?? asHarnessError(thrown)
    return { id, error: { message, fault, ...(hint && { hint }) } }
  }
}

readJsonLines(
  process.stdin,
  (request) => void answer(request as Request).then(say),
  () => process.exit(),
)
