import { asHarnessError } from '../core/errors.ts'
import { readJsonLines, writeJsonLine } from '../sys/json-lines.ts'
import { checked, mount } from '../sys/libc.ts'
import { Agent } from './agent.ts'
import type { Request, Response } from './protocol.ts'

/**
 * The first process of the sandbox: PID 1 of its PID namespace, so that the kernel ends every other one with it. It ends
 * with its standard input.
 */
const MS_NOSUID = 2
const MS_NODEV = 4

checked(mount('sidetrack', '/run', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=0755'), 'mount /run')

const agent = new Agent()

async function answer({ id, method, params }: Request): Promise<Response> {
  try {
    const handler = agent[method] as (params: unknown) => Promise<unknown>
    return { id, result: await handler.call(agent, params) }
  } catch (thrown) {
    const { message, fault, hint, skips } = asHarnessError(thrown)
    return { id, error: { message, fault, ...(hint && { hint }), ...(skips && { skips }) } }
  }
}

readJsonLines(
  process.stdin,
  (request) => void answer(request as Request).then((response) => writeJsonLine(process.stdout, response)),
  () => process.exit(),
)
