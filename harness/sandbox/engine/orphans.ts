import { readFileSync, readlinkSync } from 'node:fs'
import type { Engine } from './container-engine.ts'

/** The runner of a container: boot, PID namespace, process and its start time. */
const runnerLabel = 'sidetrack.runner'
/**
 * The time (Unix, in seconds) by which its runner has certainly removed it: for processes that cannot check whether the
 * runner lives.
 */
const deadlineLabel = 'sidetrack.deadline'

/**
 * The labels by which later runs recognise a container. @param seconds the longest time that its runner may need it.
 */
export function runnerLabels(seconds: number): Record<string, string> {
  return { [runnerLabel]: runnerName(process.pid) ?? '', [deadlineLabel]: `${Math.ceil(Date.now() / 1000 + seconds)}` }
}

const tidied = new WeakMap<Engine, Promise<void>>()

/**
 * Removes containers whose runner and watchdog are gone. Every process that uses an engine does this once for each
 * engine.
 */
export function removeOrphans(engine: Engine): Promise<void> {
  const known = tidied.get(engine) ?? removeNow(engine)
  tidied.set(engine, known)
  return known
}

async function removeNow({ container }: Engine): Promise<void> {
  const containers = await container.dockerode.listContainers({ all: true, filters: { label: [runnerLabel] } })
  const orphans = containers.filter(({ Labels }) => isOrphan(Labels[runnerLabel] ?? '', Number(Labels[deadlineLabel])))
  await Promise.allSettled(orphans.map(({ Id }) => container.getById(Id).remove({ force: true, v: true })))
}

function isOrphan(runner: string, deadline: number): boolean {
  if (Date.now() / 1000 > deadline) return true
  // Processes of another machine, an earlier boot or another PID namespace cannot be checked.
  const [place, pid] = [runner.split(' ').slice(0, 2).join(' '), Number(runner.split(' ')[2])]
  return place === placeOf() && runnerName(pid) !== runner
}

/** @returns undefined if there is no such process. */
function runnerName(pid: number): string | undefined {
  try {
    // The 22nd field, in ticks since boot; the second one, before which there is nothing of use, may hold anything
    // (proc_pid_stat(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return `${placeOf()} ${pid} ${fields[19]}`
  } catch {
    return undefined
  }
}

function placeOf(): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${readlinkSync('/proc/self/ns/pid')}`
}
