import { existsSync } from 'node:fs'
import { fail } from './fail.js'

/**
 * Ends the process where the folder that it was started in, or that npm was, has been removed: nothing can be found
 * from there.
 */
export function requireFolder() {
  const { INIT_CWD } = process.env
  if (isThere() && (INIT_CWD === undefined || existsSync(INIT_CWD))) return
  fail(3, 'the working directory has been removed; go to one that is there, such as: cd /')
}

function isThere() {
  try {
    return existsSync(process.cwd())
  } catch {
    return false
  }
}
