import module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { share } from './lock.js'
import { ensureDependencies, hasDependencies, isCheckout, packageRoot } from './dependencies.js'
import { refuseEaten } from './eaten-options.js'
import { requireFolder } from './folder.js'
import { ensureMachine, installWanted } from './machine.js'
import { become, chooseNode, runsUnder } from './node.js'
import '../sys/own-modules.js'
import { endWithNpm } from '../sys/parent-death.js'

/** The command line, once everything that it needs is there. */
const [, , ...args] = process.argv
requireFolder()
refuseEaten(args[0] ?? '')
// One that runs in another's place has that one's part in the lock.
if (isCheckout() && process.send === undefined) share(packageRoot)
// What the machine lacks is told before a minute goes into packages, and looked at again by whoever then runs.
if (!hasDependencies('run')) {
  await checkMachine()
  ensureDependencies('run')
}
const node = chooseNode()
if (!runsUnder(node)) await become(node, [fileURLToPath(new URL('./sidetrack.js', import.meta.url)), ...args])
// Halves the time to load: 110 ms became 56 ms. Where the folder cannot be written, Node does without.
if (isCheckout()) module.enableCompileCache(join(packageRoot, 'node_modules', '.cache', 'sidetrack'))
// While others are waited for. One that runs in another's place hears of that one's end.
if (process.send === undefined) setImmediate(endWithNpm)
// Loaded while the machine's programs are tried.
const loading = import('../cli/main.ts')
await checkMachine()
const { main } = await loading
await main(args)

/** A container brings its own iptables, and its engine makes it. */
async function checkMachine() {
  const [command] = args
  if (args.includes('--help') || args.includes('-h') || lastOf('--sandbox') === 'container') return
  if (command === 'run' || command === 'shell')
    return ensureMachine(chosen('--iptables', ['nft', 'legacy']), chosen('--family', ['ipv4', 'ipv6']))
  // What these lack otherwise they say themselves: not every call of them needs a sandbox.
  if (command === 'gate') return installWanted(chosen('--iptables', ['nft', 'legacy']))
  if (command === 'explain' ? args.includes('--live') : isDriven(command))
    return installWanted([lastOf('--iptables') === 'legacy' ? 'legacy' : 'nft'])
}

/** @param {string | undefined} command */
function isDriven(command) {
  return (command === 'find' || command === 'repro') && process.platform === 'linux' && !args.includes('--static')
}

/**
 * What a call chooses. What cannot be read of it is for the command line to complain of.
 * @template {string} T
 * @param {string} option
 * @param {T[]} all
 * @returns {T[]}
 */
function chosen(option, all) {
  const asked = lastOf(option)
  const own = all.filter((name) => name === asked)
  return own.length === 0 ? all : own
}

/**
 * @param {string} option
 * @returns {string | undefined} the value it was given last
 */
function lastOf(option) {
  return args
    .flatMap((arg, index) =>
      arg === option ? [args[index + 1]] : arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : [],
    )
    .pop()
}
