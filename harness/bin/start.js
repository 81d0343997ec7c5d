import { fileURLToPath } from 'node:url'
import { startAhead } from './ahead.js'
import { args, asksForHelp, chosen, command, isDriven, lastOf } from './call.js'
import { ensureDependencies, hasDependencies, isCheckout, packageRoot } from './dependencies.js'
import { refuseEaten } from './eaten-options.js'
import { requireFolder } from './folder.js'
import { share } from './lock.js'
import { become, chooseNode, runsUnder } from './node.js'
import '../sys/node/own-modules.js'
import { endWithNpm } from './parent-death.js'

/** The command line, once everything that it needs is there. */
requireFolder()
refuseEaten(command ?? '')
// One that runs in another's place has that one's part in the lock.
if (isCheckout() && process.send === undefined) share(packageRoot)
// What the machine lacks is told before a minute goes into packages, and looked at again by whoever then runs.
if (!hasDependencies('run')) {
  await checkMachine()
  ensureDependencies('run')
}
const node = chooseNode()
if (!runsUnder(node)) await become(node, [fileURLToPath(new URL('./sidetrack.js', import.meta.url)), ...args])
await startAhead()
// While others are waited for. One that runs in another's place hears of that one's end.
if (process.send === undefined) setImmediate(endWithNpm)
const loading = import('../cli/main.ts')
// What the command is made of is loaded while the machine's programs are tried.
void loading.then(({ preload }) => preload(command))
await checkMachine()
const { main } = await loading
await main(args)

/** A container brings its own iptables, and its engine makes it. */
async function checkMachine() {
  if (asksForHelp || lastOf('--sandbox') === 'container') return
  const { ensureMachine, installWanted } = await import('./machine.js')
  if (command === 'run' || command === 'shell')
    return ensureMachine(chosen('--iptables', ['nft', 'legacy']), chosen('--family', ['ipv4', 'ipv6']))
  // What these lack otherwise they say themselves: not every call of them needs a sandbox.
  if (command === 'gate') return installWanted(chosen('--iptables', ['nft', 'legacy']))
  if (command === 'explain' ? args.includes('--live') : isDriven)
    return installWanted([lastOf('--iptables') === 'legacy' ? 'legacy' : 'nft'])
}
