import { readFileSync } from 'node:fs'

/** The IDs that this process' user namespace knows, as ranges [first, last] (user_namespaces(7)). */
export function mappedIds(kind: 'uid' | 'gid'): readonly (readonly [first: number, last: number])[] {
  const lines = readFileSync(`/proc/self/${kind}_map`, 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
    return [first, first + count - 1] as const
  })
}

export function isMapped(kind: 'uid' | 'gid', id: number): boolean {
  return mappedIds(kind).some(([first, last]) => id >= first && id <= last)
}
