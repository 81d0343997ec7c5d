// Plain JavaScript: the set-up reads this with whatever Node is there, before anything is installed.
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'

/** @typedef {{ first: number, count: number }} IdRange */

/**
 * The IDs that a user may hand to a user namespace (subuid(5), subgid(5)).
 * @param {'uid' | 'gid'} kind
 * @returns {IdRange[]} none if there is no such file
 */
export function idRanges(kind) {
  try {
    return readRanges(readFileSync(`/etc/sub${kind}`, 'utf8'), userName(), process.getuid?.() ?? -1)
  } catch {
    return []
  }
}

/**
 * @param {string} text lines of NAME-OR-UID:START:COUNT
 * @param {string} user
 * @param {number} uid
 * @returns {IdRange[]}
 */
export function readRanges(text, user, uid) {
  return text
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter(
      ([owner, first, count]) =>
        (owner === user || owner === String(uid)) && /^\d+$/.test(first ?? '') && /^\d+$/.test(count ?? ''),
    )
    .map(([, first, count]) => ({ first: Number(first), count: Number(count) }))
}

/** @returns {string} a container's UID may have no name */
export function userName() {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}
