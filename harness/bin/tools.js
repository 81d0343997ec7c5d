import { spawnSync } from 'node:child_process'
import { findTool, installCommand, missingTools, toolFolders } from '../sys/requirements.js'
import { isCheckout } from './dependencies.js'
import { fail } from './fail.js'

/**
 * Sees to it that the system has the tools: root in a checkout gets what is missing from the system's package manager,
 * anybody else is told the one command that does it.
 * @param {readonly import('../sys/requirements.js').Need[]} wanted what will be used; without root, that includes what the rootless sandbox takes
 */
export function ensureTools(wanted) {
  const isRoot = process.getuid?.() === 0
  /** @type {readonly import('../sys/requirements.js').Need[]} */
  const needs = isRoot ? wanted : [...wanted, 'rootless']
  const missing = missingTools(needs)
  if (missing.length === 0) return
  const names = missing.map(({ tool }) => tool).join(', ')
  const command = installCommand(missing)
  if (command === undefined) fail(3, `this machine lacks ${names}, and no package manager known here; install them by hand`)
  if (!isRoot || !isCheckout() || process.env.SIDETRACK_NO_INSTALL === '1') {
    fail(3, `this machine lacks ${names}; install them with: ${isRoot ? '' : 'sudo '}${command.join(' ')}`)
  }
  process.stderr.write(`sidetrack: installing what this machine lacks (${names}): ${command.join(' ')}\n`)
  if (!install(command) || missingTools(needs).length > 0)
    fail(3, `${names} could not be installed; run this and see: ${command.join(' ')}`)
}

/**
 * apt needs package lists, which a fresh machine or container lacks: they are fetched once the install fails without.
 * @param {readonly string[]} command
 */
function install(command) {
  const [manager = '', ...args] = command
  if (execute(manager, args)) return true
  return manager === 'apt-get' && execute(manager, ['update']) && execute(manager, args)
}

/**
 * @param {string} tool
 * @param {readonly string[]} args
 */
function execute(tool, args) {
  const env = { ...process.env, PATH: toolFolders().join(':'), DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(findTool(tool) ?? tool, args, { stdio: ['ignore', 2, 2], env }).status === 0
}
