/**
 * @typedef {{ version?: string, integrity?: string, dev?: boolean, devOptional?: boolean, optional?: boolean, peer?:
 * boolean,
 *   os?: string | string[], cpu?: string | string[], libc?: string | string[] }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lockfile package-lock.json or node_modules/.package-lock.json
 * @typedef {'run' | 'all'} Part what of the lockfile is wanted: what a run loads, or what tests, checks and builds take
 * besides
 */

/**
 * Compares what should be installed with what is. It asks npm's own record, and not a note of whoever installed: so it
 * does not matter who did, with which options.
 * @param {Lockfile} wanted
 * @param {Lockfile} installed
 * @param {Part} part
 * @param {{ platform: string, arch: string }} [system]
 * @returns {{ required: string[], optional: string[] }} the folders of packages that are missing or of another version;
 * `optional`
 *   are those that npm goes on without when it does not get them
 */
export function missingPackages({ packages = {} }, { packages: there = {} }, part, system = process) {
  /** @type {string[]} */
  const required = []
  /** @type {string[]} */
  const optional = []
  for (const [folder, locked] of Object.entries(packages)) {
    if (folder === '' || (part === 'run' && (locked.dev || locked.devOptional)) || isSame(locked, there[folder]))
      continue
    if (!locked.optional && !locked.peer) required.push(folder)
    else if (isFor(locked, system)) optional.push(folder)
  }
  return { required, optional }
}

/**
 * @param {LockedPackage} locked
 * @param {LockedPackage | undefined} found
 */
function isSame(locked, found) {
  return (
    found !== undefined &&
    found.version === locked.version &&
    (found.integrity === undefined || locked.integrity === undefined || found.integrity === locked.integrity)
  )
}

/**
 * Whether a package is one of several of which each system gets its own. Only those are missed: the others come or do
 * not, by what else they need. Which C library this is would take longer to find out than all the rest.
 * @param {LockedPackage} locked
 * @param {{ platform: string, arch: string }} system
 */
function isFor({ os, cpu, libc }, { platform, arch }) {
  return (
    os !== undefined &&
    cpu !== undefined &&
    libc === undefined &&
    [os].flat().includes(platform) &&
    [cpu].flat().includes(arch)
  )
}
