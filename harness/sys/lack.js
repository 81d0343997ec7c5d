// Plain JavaScript: the set-up reads this with whatever Node is there, before anything is installed.
import { installCommand } from './requirements.js'

/** @typedef {import('./capabilities.js').Finding} Finding */

/**
 * What this machine lacks, a line each, and last the one command that mends what a command mends.
 * @param {readonly Finding[]} findings
 * @param {{ isRoot: boolean, folders?: readonly string[] }} user
 * @returns {string[]}
 */
export function describeLack(findings, { isRoot, folders }) {
  const command = mendingCommand(findings, { isRoot, ...(folders && { folders }) })
  return [
    ...findings.map(({ what, problem, hint }) => `${what} ${problem}${hint === undefined ? '' : `; ${hint}`}`),
    ...(command === undefined ? [] : [`mend with: ${command}`]),
  ]
}

/**
 * @param {readonly Finding[]} findings
 * @param {{ isRoot: boolean, folders?: readonly string[] }} user
 * @returns {string | undefined} one command for all of them that one mends
 */
export function mendingCommand(findings, { isRoot, folders }) {
  const tools = findings.flatMap(({ tools = [] }) => tools)
  const install = tools.length === 0 ? undefined : installCommand(tools, folders)?.join(' ')
  const own = findings.flatMap(({ command }) => command ?? [])
  const commands = [...new Set([...(install === undefined ? [] : [install]), ...own])]
  if (commands.length === 0) return undefined
  const [only = '', ...more] = commands
  if (isRoot) return commands.join(' && ')
  return more.length === 0 ? `sudo ${only}` : `sudo sh -c '${commands.join(' && ')}'`
}
