// Plain JavaScript: the set-up reads this with whatever Node is there, before anything is installed.
import { readdirSync } from 'node:fs'
import { installCommand } from './requirements.js'

/** @typedef {import('./capabilities.js').Finding} Finding */

/**
 * What this machine lacks, a line each, and last the one command that mends what a command mends.
 * @param {readonly Finding[]} findings
 * @param {User} user
 * @returns {string[]}
 */
export function describeLack(findings, user) {
  const command = mendingCommand(findings, user)
  return [
    ...findings.map(({ what, problem, hint }) => `${what} ${problem}${hint === undefined ? '' : `; ${hint}`}`),
    ...(command === undefined ? [] : [`mend with: ${command}`]),
  ]
}

/**
 * @typedef {object} User whoever is told
 * @property {boolean} isRoot
 * @property {readonly string[]} [folders] where package managers are looked for
 * @property {string} [lists] where apt has its lists of packages
 *
 * @param {readonly Finding[]} findings
 * @param {User} user
 * @returns {string | undefined} one command for all of them that one mends
 */
function mendingCommand(findings, { isRoot, folders, lists = '/var/lib/apt/lists' }) {
  const tools = findings.flatMap(({ tools = [] }) => tools)
  const install = tools.length === 0 ? undefined : installCommand(tools, folders)?.join(' ')
  const own = findings.flatMap(({ command }) => command ?? [])
  const update = install?.startsWith('apt-get ') && !hasPackageLists(lists) ? ['apt-get update'] : []
  const command = [...new Set([...update, ...(install === undefined ? [] : [install]), ...own])].join(' && ')
  if (command === '') return undefined
  if (isRoot) return command
  return command.includes(' && ') ? `sudo sh -c '${command}'` : `sudo ${command}`
}

/**
 * A fresh machine has none, and apt-get finds no package then.
 * @param {string} folder
 */
function hasPackageLists(folder) {
  try {
    return readdirSync(folder).some((name) => name.includes('Packages'))
  } catch {
    return false
  }
}
