import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { findTool } from '../sys/machine/requirements.js'

// What keeps commands that set up one checkout from breaking each other. A lock lies on an open folder (flock(2)), so that
// the kernel lets it go when the last process that has that open ends, however it ends. flock(1) takes it for us, by the
// descriptor that it inherits; where there is no such program, as on macOS, there is no lock.

/**
 * Folders of which this process has a share, by their descriptors.
 * @type {Map<string, number>}
 */
const shares = new Map()

/** Says that what is in a folder is used, until this process ends. @param {string} folder */
export function share(folder) {
  const held = shares.get(folder) ?? openSync(folder, 'r')
  shares.set(folder, held)
  take(held, '-s', 'another command of this checkout installs what it needs; waiting for it to end')
}

/**
 * Changes something while nobody else has the folder.
 * @param {string} folder
 * @param {(held: number) => void} change is given the descriptor that the lock goes with: a program that may go on
 * without this process keeps it open
 */
export function alone(folder, change) {
  const shared = shares.get(folder)
  const held = shared ?? openSync(folder, 'r')
  take(
    held,
    '-x',
    'another command of this checkout is under way; waiting for it to end, to install what this one needs',
  )
  change(held)
  if (shared === undefined) closeSync(held)
  else share(folder)
}

/**
 * @param {number} held
 * @param {'-s' | '-x'} how
 * @param {string} wait what to say where others have it
 */
function take(held, how, wait) {
  const flock = findTool('flock')
  if (flock === undefined) return
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { stdio: ['ignore', 2, 2, held] }
  // 1 says that others have it; where a file system has no such locks, flock(1) says something else.
  if (spawnSync(flock, ['-n', how, '3'], options).status !== 1) return
  process.stderr.write(`sidetrack: ${wait}\n`)
  spawnSync(flock, [how, '3'], options)
}
