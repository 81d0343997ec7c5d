// Plain JavaScript: the set-up reads this with whatever Node is there, before anything is installed.
import { statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {'apt-get' | 'dnf' | 'apk' | 'pacman'} PackageManager
 * @typedef {'nft' | 'legacy' | 'rootless' | undefined} Need which part of Sidetrack wants a tool; undefined: all of it
 * @typedef {{ tool: string, for?: Need, packages: Record<PackageManager, string> }} Requirement
 */

const iproute = { 'apt-get': 'iproute2', dnf: 'iproute', apk: 'iproute2', pacman: 'iproute2' }
const utilLinux = { 'apt-get': 'util-linux', dnf: 'util-linux', apk: 'util-linux-misc', pacman: 'util-linux' }
const mount = { ...utilLinux, 'apt-get': 'mount', dnf: 'util-linux-core', apk: 'mount' }
const setpriv = { ...utilLinux, apk: 'setpriv' }
const nft = { 'apt-get': 'iptables', dnf: 'iptables-nft', apk: 'iptables', pacman: 'iptables' }
const legacy = { 'apt-get': 'iptables', dnf: 'iptables-legacy', apk: 'iptables-legacy', pacman: 'iptables' }
const uidmap = { 'apt-get': 'uidmap', dnf: 'shadow-utils', apk: 'shadow-uidmap', pacman: 'shadow' }

/**
 * System tools and the packages that bring them. Tried with apt-get; the names for the others are from their package
 * indexes.
 * @type {readonly Requirement[]}
 */
export const requirements = [
  { tool: 'ip', packages: iproute },
  { tool: 'unshare', packages: utilLinux },
  { tool: 'setpriv', packages: setpriv },
  { tool: 'mount', packages: mount },
  .../** @type {const} */ (['iptables', 'ip6tables']).flatMap((name) => [
    .../** @type {const} */ (['nft', 'nft-restore', 'nft-save']).map((tool) => ({
      tool: `${name}-${tool}`,
      for: /** @type {const} */ ('nft'),
      packages: nft,
    })),
    .../** @type {const} */ (['legacy', 'legacy-restore', 'legacy-save']).map((tool) => ({
      tool: `${name}-${tool}`,
      for: /** @type {const} */ ('legacy'),
      packages: legacy,
    })),
  ]),
  { tool: 'newuidmap', for: 'rootless', packages: uidmap },
  { tool: 'newgidmap', for: 'rootless', packages: uidmap },
]

/** @type {Record<PackageManager, string[]>} */
const installers = {
  'apt-get': ['apt-get', 'install', '-y', '--no-install-recommends'],
  dnf: ['dnf', 'install', '-y'],
  apk: ['apk', 'add'],
  pacman: ['pacman', '-S', '--needed', '--noconfirm'],
}

/**
 * Where system tools are looked for: an ordinary user's PATH often lacks the sbin folders.
 * @param {string} path
 */
export function toolPath(path = process.env.PATH ?? '') {
  const folders = path.split(':').filter((folder) => folder.startsWith('/'))
  return [...new Set([...folders, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'])]
}

/**
 * @param {string} tool
 * @param {string} [path] PATH to search
 * @returns {string | undefined} the executable's path
 */
export function findTool(tool, path) {
  for (const folder of toolPath(path)) {
    const file = join(folder, tool)
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.isFile() && (found.mode & 0o111) !== 0) return file
  }
  return undefined
}

/**
 * @param {readonly Need[]} needs what will be used, beside what everything needs
 * @param {string} [path] PATH to search
 * @returns {Requirement[]} what is not there
 */
export function missingTools(needs, path) {
  return requirements.filter(
    (requirement) => (requirement.for === undefined || needs.includes(requirement.for)) && findTool(requirement.tool, path) === undefined,
  )
}

/**
 * @param {readonly Requirement[]} missing
 * @param {string} [path] PATH to search
 * @returns {string[] | undefined} the argv that installs their packages, or undefined if no package manager known here is there
 */
export function installCommand(missing, path) {
  const manager = /** @type {PackageManager[]} */ (Object.keys(installers)).find((name) => findTool(name, path) !== undefined)
  if (manager === undefined) return undefined
  return [...installers[manager], ...new Set(missing.map(({ packages }) => packages[manager]))]
}
