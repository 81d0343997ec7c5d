import { spawnSync } from 'node:child_process'
import { findTool, installCommand, missingTools, systemEnvironment } from '../sys/machine/requirements.js'
import { isCheckout, setUp } from './dependencies.js'
import { fail } from './fail.js'
import { alone } from './lock.js'

/** @typedef {import('../sys/machine/requirements.js').Requirement} Requirement */

/**
 * Whether what is missing may be installed without being asked: as root, in a checkout, unless SIDETRACK_NO_INSTALL
 * says no.
 */
export function mayInstall() {
  return process.getuid?.() === 0 && isCheckout() && process.env.SIDETRACK_NO_INSTALL !== '1'
}

/**
 * Sees to it that the system has the tools: root in a checkout gets what is missing from the system's package manager,
 * anybody else is told the one command that does it.
 * @param {readonly import('../sys/machine/requirements.js').Need[]} wanted what will be used; without root, that includes what
 * the rootless sandbox takes
 */
export function ensureTools(wanted) {
  const isRoot = process.getuid?.() === 0
  const missing = missingTools(isRoot ? wanted : [...wanted, 'rootless'])
  if (missing.length === 0) return
  if (mayInstall()) return installTools(missing)
  const command = installCommand(missing) ?? noManager(missing)
  fail(3, `this machine lacks ${namesOf(missing)}; install them with: ${isRoot ? '' : 'sudo '}${command.join(' ')}`)
}

/**
 * Installs what is missing by the system's package manager. Ends the process if that fails.
 * @param {readonly Requirement[]} missing
 */
export function installTools(missing) {
  const command = installCommand(missing) ?? noManager(missing)
  const names = namesOf(missing)
  const areThere = () => missing.every(({ tool }) => findTool(tool) !== undefined)
  alone(setUp, (held) => {
    if (areThere()) return
    process.stderr.write(`sidetrack: installing what this machine lacks (${names}): ${command.join(' ')}\n`)
    if (!install(command, held) || !areThere())
      fail(3, `${names} could not be installed; run this and see: ${command.join(' ')}`)
  })
}

/** @param {readonly Requirement[]} missing */
function noManager(missing) {
  return fail(3, `this machine lacks ${namesOf(missing)}, and no package manager known here; install them by hand`)
}

/** @param {readonly Requirement[]} tools */
function namesOf(tools) {
  return tools.map(({ tool }) => tool).join(', ')
}

/** A machine that has just been started often installs its updates then. Seconds; apt 1.9.11 (apt-get(8)). */
const waitsForOthers = ['-o', 'DPkg::Lock::Timeout=300']

/**
 * apt needs package lists, which a fresh machine or container lacks: they are fetched once the install fails without.
 * @param {readonly string[]} command
 * @param {number} held
 */
function install(command, held) {
  const [manager = '', ...args] = command
  if (manager !== 'apt-get') return execute(manager, args, held)
  /** @param {readonly string[]} given */
  const apt = (given) => execute(manager, [...waitsForOthers, ...given], held)
  return apt(args) || (apt(['update']) && apt(args))
}

/**
 * @param {string} tool
 * @param {readonly string[]} args
 * @param {number} held
 */
function execute(tool, args, held) {
  const env = { ...systemEnvironment(), DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(findTool(tool) ?? tool, args, { stdio: ['ignore', 2, 2, held], env }).status === 0
}
