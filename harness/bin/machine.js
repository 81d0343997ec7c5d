import { inspect } from '../sys/machine/capabilities.js'
import { describeLack } from '../sys/machine/lack.js'
import { tryOut } from '../sys/machine/trial.js'
import { fail } from './fail.js'
import { installTools, mayInstall } from './tools.js'

/**
 * Sees to it that sandboxes start here: root in a checkout gets the tools that are missing, and everything else that is
 * missing is told at once. Ends the process if there is any.
 * @param {('nft' | 'legacy')[]} backends that are to be used
 * @param {('ipv4' | 'ipv6')[]} families
 */
export async function ensureMachine(backends, families) {
  installWanted(backends)
  const found = inspect(backends).filter(({ isLimit }) => !isLimit)
  const lack = found.length > 0 ? found : await tryOut(backends, families)
  if (lack.length === 0) return
  const only = backends.filter((backend) =>
    lack.every((finding) => finding.backend !== undefined && finding.backend !== backend),
  )
  const rest = only.length === 1 ? [`or leave it out, with --iptables ${only[0]}`] : []
  fail(
    3,
    ['this machine cannot run it:', ...describeLack(lack, { isRoot: process.getuid?.() === 0 }), ...rest].join('\n  '),
  )
}

/**
 * Root in a checkout gets the tools that these backends take; nobody else gets anything, nor is told of it here.
 * @param {('nft' | 'legacy')[]} backends
 */
export function installWanted(backends) {
  const tools = inspect(backends).flatMap(({ tools = [], isLimit }) => (isLimit ? [] : tools))
  if (tools.length > 0 && mayInstall()) installTools(tools)
}
