import { asHarnessError } from '../../core/errors.ts'
import { readJsonLines } from '../../sys/processes/json-lines.ts'
import { keepCapabilities } from '../../sys/privileges/keep-capabilities.ts'
import { readIds } from '../../sys/privileges/process-ids.ts'
import type { Capability } from '../../sys/privileges/privileges.ts'
import { lackOfFiles, requireNobodyHungUpOn } from '../../sys/files/open-files.ts'
import { eventWriter } from './events.ts'
import { PodWork } from './pod-work.ts'
import type { Command } from './protocol.ts'
import { Watch } from './watch.ts'

/**
 * The process of all identities, which is root, becomes each for as long as it opens and accepts their sockets, and
 * works in as many pods as it is told to. Or that of one alone, which it became before it started.
 * @param argv the capabilities that it keeps: root would have all those of the agent, and others pass theirs on.
 */
keepCapabilities(process.argv.slice(2) as Capability[])

const emit = eventWriter(process.stdout)
const pods = new Map<string, PodWork>()
/** Those where others than our probes call, with the descriptors that are watched for it. */
const visited = new Map<PodWork, Set<number>>()
const watch = new Watch(() => {
  for (const work of visited.keys()) work.check()
})

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
        listen(command)
        break
      case 'probe':
        workIn(pod).probe(command)
        break
      case 'sync':
        return readOnceMore(command)
      case 'finish':
        pods.get(pod)?.finish()
        return readOnceMore(command)
      case 'close':
        close(pod)
        break
    }
    emit({ event: 'done', id })
  } catch (error) {
    failed(id, error)
  }
}

function listen(command: Extract<Command, { do: 'listen' }>): void {
  const work = workIn(command.pod)
  work.listen(command)
  if (!command.isVisited) return
  const watched = visited.get(work) ?? new Set()
  watch.add(work.readable.filter((fd) => !watched.has(fd)))
  visited.set(work, new Set(work.readable))
}

function close(pod: string): void {
  const work = pods.get(pod)
  pods.delete(pod)
  if (work === undefined) return
  visited.delete(work)
  work.close()
}

function failed(id: number, error: unknown): void {
  const { fault, message, hint } = lackOfFiles(error) ?? asHarnessError(error)
  emit({ event: 'done', id, error: { fault, message, ...(hint && { hint }) } })
}

/** In two turns: the first may have begun before the command came, the second polls every socket of Node's. */
function readOnceMore({ pod, id }: Command): void {
  setImmediate(() =>
    setImmediate(() => {
      try {
        pods.get(pod)?.check()
        requireNobodyHungUpOn()
        emit({ event: 'done', id })
      } catch (error) {
        failed(id, error)
      }
    }),
  )
}

emit({ event: 'ready', credentials: readIds() })
readJsonLines(
  process.stdin,
  (command) => obey(command as Command),
  () => process.exit(),
)
