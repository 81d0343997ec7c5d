#!/usr/bin/env node
import module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireFolder } from './folder.js'
import { ensureDependencies, isCheckout, packageRoot } from './dependencies.js'
import { become, chooseNode, runsUnder } from './node.js'
import { endWithNpm } from '../sys/parent-death.js'
import { ensureTools } from './tools.js'

const [, , ...args] = process.argv
requireFolder()
ensureDependencies()
const node = chooseNode()
if (!runsUnder(node)) await become(node, [fileURLToPath(import.meta.url), ...args])
// A container brings its own iptables.
if (
  (args[0] === 'run' || args[0] === 'shell') &&
  lastOf(args, '--sandbox') !== 'container' &&
  !args.includes('--help') &&
  !args.includes('-h')
)
  ensureTools(backendsOf(args))
// Halves the time to load: 110 ms became 56 ms. Where the folder cannot be written, Node does without.
if (isCheckout()) module.enableCompileCache(join(packageRoot, 'node_modules', '.cache', 'sidetrack'))
// While others are waited for. One that runs in another's place hears of that one's end.
if (process.send === undefined) setImmediate(endWithNpm)
const { main } = await import('../cli/main.ts')
await main(args)

/**
 * The backends that a call asks for. What it cannot read is for the command line to complain of.
 * @param {readonly string[]} args
 * @returns {('nft' | 'legacy')[]}
 */
function backendsOf(args) {
  const asked = lastOf(args, '--iptables')
  return asked === 'nft' || asked === 'legacy' ? [asked] : ['nft', 'legacy']
}

/**
 * @param {readonly string[]} args
 * @param {string} option
 * @returns {string | undefined} the value it was given last
 */
function lastOf(args, option) {
  return args
    .flatMap((arg, index) => (arg === option ? [args[index + 1]] : arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : []))
    .pop()
}
