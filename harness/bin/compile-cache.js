import { existsSync, statSync } from 'node:fs'
import module from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Has this process and those that it starts keep what they have compiled for the next time: to load takes half as long
 * then. Whatever else is loaded comes after it. A checkout keeps it among its packages, and an installed package, which
 * may not be written to, in the user's own cache folder; NODE_COMPILE_CACHE goes before both. Where the folder cannot be
 * written, Node does without.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = existsSync(join(root, 'package-lock.json')) ? join(root, 'node_modules', '.cache') : userFolder()
// Not before Node 22.1.
if (folder !== undefined) module.enableCompileCache?.(join(folder, 'sidetrack'))

/** XDG Base Directory Specification. What is loaded from there runs: nobody takes another user's, whose HOME sudo may keep. */
function userFolder() {
  const { XDG_CACHE_HOME: own = '', HOME: home = '' } = process.env
  const folder = isAbsolute(own) ? own : isAbsolute(home) ? join(home, '.cache') : undefined
  return folder !== undefined && statSync(nearest(folder)).uid === process.getuid?.() ? folder : undefined
}

/**
 * @param {string} folder
 * @returns {string} it, or the nearest one above that is there
 */
function nearest(folder) {
  return existsSync(folder) ? folder : nearest(dirname(folder))
}
