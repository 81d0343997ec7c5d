// Plain JavaScript: the set-up reads this with whatever Node is there, before anything is installed.
import { statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {'apt-get' | 'dnf' | 'apk' | 'pacman'} PackageManager
 * @typedef {'nft' | 'legacy' | 'rootless' | 'shell' | 'tests' | undefined} Need which part of Sidetrack wants a tool; undefined:
 * all of it
 * @typedef {{ tool: string, for?: Need, packages: Record<PackageManager, string> }} Requirement
 */

const iproute = { 'apt-get': 'iproute2', dnf: 'iproute', apk: 'iproute2', pacman: 'iproute2' }
const utilLinux = { 'apt-get': 'util-linux', dnf: 'util-linux', apk: 'util-linux-misc', pacman: 'util-linux' }
const mount = { ...utilLinux, 'apt-get': 'mount', dnf: 'util-linux-core', apk: 'mount' }
const setpriv = { ...utilLinux, apk: 'setpriv' }
const nft = { 'apt-get': 'iptables', dnf: 'iptables-nft', apk: 'iptables', pacman: 'iptables' }
const legacy = { 'apt-get': 'iptables', dnf: 'iptables-legacy', apk: 'iptables-legacy', pacman: 'iptables' }
const uidmap = { 'apt-get': 'uidmap', dnf: 'shadow-utils', apk: 'shadow-uidmap', pacman: 'shadow' }

/** Of a run's evidence, reproduce.sh is half in it; tests have that script run. */
const python = { 'apt-get': 'python3', dnf: 'python3', apk: 'python3', pacman: 'python' }

/**
 * System tools and the packages that bring them. Tried with apt-get only.
 * @type {readonly Requirement[]}
 */
export const requirements = [
  ...from(iproute, undefined, 'ip'),
  ...from(utilLinux, undefined, 'unshare'),
  ...from(setpriv, undefined, 'setpriv'),
  ...from(mount, undefined, 'mount'),
  ...from(nft, 'nft', 'iptables-nft', 'iptables-nft-restore', 'iptables-nft-save'),
  ...from(nft, 'nft', 'ip6tables-nft', 'ip6tables-nft-restore', 'ip6tables-nft-save'),
  ...from(legacy, 'legacy', 'iptables-legacy', 'iptables-legacy-restore', 'iptables-legacy-save'),
  ...from(legacy, 'legacy', 'ip6tables-legacy', 'ip6tables-legacy-restore', 'ip6tables-legacy-save'),
  ...from(utilLinux, 'shell', 'nsenter'),
  ...from(uidmap, 'rootless', 'newuidmap', 'newgidmap'),
  ...from(python, 'tests', 'python3'),
]

/**
 * @param {Requirement['packages']} packages
 * @param {Need} need
 * @param {string[]} tools
 * @returns {Requirement[]}
 */
function from(packages, need, ...tools) {
  return tools.map((tool) => ({ tool, for: need, packages }))
}

/** @type {Record<PackageManager, string[]>} */
const installers = {
  'apt-get': ['apt-get', 'install', '-y', '--no-install-recommends'],
  dnf: ['dnf', 'install', '-y'],
  apk: ['apk', 'add'],
  pacman: ['pacman', '-S', '--needed', '--noconfirm'],
}

/** @returns where system tools are looked for: an ordinary user's PATH often lacks the sbin folders */
export function toolFolders() {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'))
  return [...new Set([...folders, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'])]
}

/** @returns {NodeJS.ProcessEnv} this process's environment, in which system tools are found */
export function systemEnvironment() {
  return { ...process.env, PATH: toolFolders().join(':') }
}

/**
 * @param {string} tool
 * @param {readonly string[]} [folders] where to look
 * @returns {string | undefined} the executable's path
 */
export function findTool(tool, folders = toolFolders()) {
  return folders.map((folder) => join(folder, tool)).find(isExecutable)
}

/** @param {string} file */
function isExecutable(file) {
  try {
    const found = statSync(file)
    return found.isFile() && (found.mode & 0o111) !== 0
  } catch {
    // Not there, or in a folder of PATH that this user may not look into.
    return false
  }
}

/**
 * @param {readonly Need[]} needs what will be used, beside what everything needs
 * @param {readonly string[]} [folders] where to look
 * @returns {Requirement[]} what is not there
 */
export function missingTools(needs, folders) {
  const needed = requirements.filter((requirement) => requirement.for === undefined || needs.includes(requirement.for))
  return needed.filter(({ tool }) => findTool(tool, folders) === undefined)
}

/**
 * @param {readonly Requirement[]} missing
 * @param {readonly string[]} [folders] where to look
 * @returns {string[] | undefined} the argv that installs their packages, or undefined if no package manager known here
 * is there
 */
export function installCommand(missing, folders) {
  const managers = /** @type {PackageManager[]} */ (Object.keys(installers))
  const manager = managers.find((name) => findTool(name, folders) !== undefined)
  if (manager === undefined) return undefined
  return [...installers[manager], ...new Set(missing.map(({ packages }) => packages[manager]))]
}
