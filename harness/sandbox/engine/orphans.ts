import { readFileSync, readlinkSync } from 'node:fs'
import type { Engine } from './container-engine.ts'

/** Whose a container is: boot, PID namespace, process and when that has started. */
const runnerLabel = 'sidetrack.runner'
/** When it has ended for sure, were its runner still there, in seconds since 1970: for whoever cannot tell whether that is so. */
const deadlineLabel = 'sidetrack.deadline'

/** What a container is known by to those who come after. @param seconds that its runner may have use for it at the very most. */
export function runnerLabels(seconds: number): Record<string, string> {
  return { [runnerLabel]: runnerName(process.pid) ?? '', [deadlineLabel]: `${Math.ceil(Date.now() / 1000 + seconds)}` }
}

const tidied = new WeakMap<Engine, Promise<void>>()

/**
 * Removes containers whose runner is gone, and with it whoever was to remove them: once for each engine, by every process that
 * uses one.
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
  // Of processes of another machine, of an earlier boot or in another PID namespace nothing is known here.
  const [place, pid] = [runner.split(' ').slice(0, 2).join(' '), Number(runner.split(' ')[2])]
  return place === placeOf() && runnerName(pid) !== runner
}

/** @returns undefined if there is no such process. */
function runnerName(pid: number): string | undefined {
  try {
    // The 22nd field, in ticks since boot; the second one, before which there is nothing of use, may hold anything (proc_pid_stat(5)).
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
