import { readFileSync } from 'node:fs'
import { once } from '../../core/lazy.ts'

type Range = readonly [first: number, last: number]

/** The IDs that this process' user namespace knows: they are written once, and stay (user_namespaces(7)). */
const mapped = { uid: once(() => read('uid')), gid: once(() => read('gid')) } as const

export const mappedIds = (kind: 'uid' | 'gid'): readonly Range[] => mapped[kind]()

export function isMapped(kind: 'uid' | 'gid', id: number): boolean {
  return mappedIds(kind).some(([first, last]) => id >= first && id <= last)
}

function read(kind: 'uid' | 'gid'): readonly Range[] {
  const lines = readFileSync(`/proc/self/${kind}_map`, 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
    return [first, first + count - 1] as const
  })
}
