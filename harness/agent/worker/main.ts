import { readFileSync } from 'node:fs'
import { asHarnessError } from '../../core/errors.ts'
import type { Credentials } from '../../flow/identity.ts'
import { readJsonLines } from '../../sys/json-lines.ts'
import { keepCapabilities } from '../../sys/keep-capabilities.ts'
import type { Capability } from '../../sys/privileges.ts'
import { lackOfFiles, requireNobodyHungUpOn } from '../../sys/open-files.ts'
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
  const { pod, id } = command
  try {
    switch (command.do) {
      case 'listen':
        workIn(pod).listen(command)
        break
      case 'probe':
        workIn(pod).probe(command.probes)
        break
      case 'sync':
        return readOnceMore(command)
      case 'finish':
        pods.get(pod)?.finish()
        return readOnceMore(command)
      case 'close':
        pods.get(pod)?.close()
        pods.delete(pod)
        break
    }
    emit({ event: 'done', id })
  } catch (error) {
    failed(id, error)
  }
}

function failed(id: number, error: unknown): void {
  const { fault, message, hint } = lackOfFiles(error) ?? asHarnessError(error)
  emit({ event: 'done', id, error: { fault, message, ...(hint && { hint }) } })
}

/**
 * In two turns: the first may have begun before the command came, the second polls every socket. In more where callers
 * still wait to be accepted: what is told then leaves nobody out.
 */
function readOnceMore({ pod, id }: Command): void {
  setImmediate(() =>
    setImmediate(() => {
      const work = pods.get(pod)
      if (work?.hasCallers) return readOnceMore({ pod, id } as Command)
      try {
        work?.check()
        requireNobodyHungUpOn()
        emit({ event: 'done', id })
      } catch (error) {
        failed(id, error)
      }
    }),
  )
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
