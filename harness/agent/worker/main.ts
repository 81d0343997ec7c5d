import { readFileSync } from 'node:fs'
import type { Credentials } from '../../flow/identity.ts'
import { readJsonLines } from '../../sys/json-lines.ts'
import { keepCapabilities } from '../../sys/keep-capabilities.ts'
import type { Capability } from '../../sys/privileges.ts'
import { eventWriter } from './events.ts'
import { PodWork } from './pod-work.ts'
import type { Command } from './protocol.ts'

/**
 * One identity's process: it became the identity before it started, and works in as many pods as it is told to.
 * @param argv the capabilities that it keeps: root would have all those of the agent, and others pass theirs on.
 */
keepCapabilities(process.argv.slice(2) as Capability[])

const emit = eventWriter(process.stdout)
const pods = new Map<string, PodWork>()

function workIn(pod: string): PodWork {
  const known = pods.get(pod)
  if (known !== undefined) return known
  const work = new PodWork(pod, emit)
  pods.set(pod, work)
  return work
}

function obey(command: Command): void {
  const { pod } = command
  switch (command.do) {
    case 'listen':
      return listen(command)
    case 'probe':
      workIn(pod).probe(command.probes)
      return emit({ event: 'sent', pod })
    case 'sync':
      // Two turns: the first may have begun before the command came, the second polls every socket.
      return void setImmediate(() =>
        setImmediate(() => {
          pods.get(pod)?.check()
          emit({ event: 'synced', id: command.id })
        }),
      )
    case 'finish':
      return pods.get(pod)?.finish()
    case 'close':
      pods.get(pod)?.close()
      pods.delete(pod)
      return emit({ event: 'closed', pod })
  }
}

function listen(command: Extract<Command, { do: 'listen' }>): void {
  try {
    workIn(command.pod).listen(command)
    emit({ event: 'listening', pod: command.pod })
  } catch (error) {
    emit({ event: 'listening', pod: command.pod, error: (error as Error).message })
  }
}

/** What this process really runs as: the effective IDs, which its sockets carry. */
function readCredentials(): Credentials {
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  const numbers = (field: string): number[] =>
    (new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number)
  return { uid: numbers('Uid')[1] ?? -1, gid: numbers('Gid')[1] ?? -1, groups: numbers('Groups') }
}

emit({ event: 'ready', credentials: readCredentials() })
readJsonLines(
  process.stdin,
  (command) => obey(command as Command),
  () => process.exit(),
)
