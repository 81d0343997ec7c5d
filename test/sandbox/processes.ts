import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface ProcessStatus {
  pid: number
  parent: number
  name: string
  /** Effective, as this namespace sees them. */
  uid: number
  gid: number
  groups: number[]
}

/** What `/proc` says of a process, or undefined if it has ended, even if its parent has not noticed yet. */
export function statusOf(pid: number): ProcessStatus | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? ''
    const numbers = (name: string): number[] => field(name).split(/\s+/).filter(Boolean).map(Number)
    if (/^[ZX]/.test(field('State'))) return undefined
    const ids = { uid: numbers('Uid')[1] ?? -1, gid: numbers('Gid')[1] ?? -1, groups: numbers('Groups') }
    return { pid, parent: Number(field('PPid')), name: field('Name'), ...ids }
  } catch {
    return undefined
  }
}

/** Every process that is running. */
export function processes(): ProcessStatus[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statusOf(Number(name)) ?? [])
}

/** The processes that a process has started, and those that they have started, and so on. */
export function descendants(pid = process.pid): ProcessStatus[] {
  const all = processes()
  const below = (parent: number): ProcessStatus[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  return below(pid)
}

/**
 * Sends a signal.
 * @throws Error where there is no such process: what `process.kill` takes 0 for is the group of the test itself
 * (kill(2)).
 */
export function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) throw new Error(`there is no process to send ${name} to`)
  process.kill(pid, name)
}

/** The namespaces of a process by kind, such as `net:[4026531840]`. */
export function namespacesOf(pid: number): Record<'net' | 'mnt' | 'pid', string> | undefined {
  try {
    const link = (kind: string): string => readlinkSync(`/proc/${pid}/ns/${kind}`)
    return { net: link('net'), mnt: link('mnt'), pid: link('pid') }
  } catch {
    return undefined
  }
}

/**
 * The ID that this process knows an ID of another one's user namespace by (user_namespaces(7)); -1 if that process has
 * ended.
 */
export function outerId(pid: number, kind: 'uid' | 'gid', inner: number): number {
  const lines = read(`/proc/${pid}/${kind}_map`)?.trim().split('\n') ?? []
  const ranges = lines.map((line) => line.trim().split(/\s+/).map(Number))
  const [first = 0, outer = -1] =
    ranges.find(([first = 0, , count = 0]) => inner >= first && inner < first + count) ?? []
  return outer < 0 ? -1 : outer + inner - first
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
