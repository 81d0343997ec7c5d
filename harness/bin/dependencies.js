import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail } from './fail.js'

/** The checkout, or the installed package: nearest folder above with a package.json. */
export const packageRoot = nearestPackage(dirname(fileURLToPath(import.meta.url)))

const lockfile = join(packageRoot, 'package-lock.json')
/** A copy of the lockfile that node_modules was made from: comparing two files is ten times faster than loading a hash. */
const stamp = join(packageRoot, 'node_modules', '.sidetrack-lock.json')

/** Whether this is a checkout: npm never packs a lockfile. */
export function isCheckout() {
  return existsSync(lockfile)
}

/** Makes node_modules what the lockfile says, if it is not that already. An installed package has what npm gave it. */
export function ensureDependencies() {
  if (!isCheckout() || isCurrent()) return
  if (process.env.SIDETRACK_NO_INSTALL === '1')
    fail(3, `npm dependencies are missing or are not those of package-lock.json; run 'npm ci' in ${packageRoot}`)
  process.stderr.write('sidetrack: installing npm dependencies from package-lock.json (npm ci)\n')
  npm('ci', '--include=dev', '--include=optional', '--loglevel=error')
  // A user's own ignore-scripts leaves `prepare` out, which builds tap's plugins and ends with recordDependencies().
  if (!isCurrent()) npm('run', 'prepare', '--silent', '--ignore-scripts=false')
}

/** Notes that node_modules is what the lockfile says. */
export function recordDependencies() {
  if (isCheckout()) copyFileSync(lockfile, stamp)
}

function isCurrent() {
  return existsSync(stamp) && readFileSync(stamp).equals(readFileSync(lockfile))
}

/**
 * Runs the npm that started this process, under the Node that it runs on: this process's own may be in node_modules, which npm replaces.
 * @param {string[]} args
 */
function npm(...args) {
  const { npm_execpath: script, npm_node_execpath: node, PATH = '' } = process.env
  const outside = PATH.split(':').filter((folder) => !folder.startsWith(join(packageRoot, 'node_modules')))
  const env = { ...process.env, PATH: outside.join(':') }
  const [program, first] =
    script !== undefined && node !== undefined && existsSync(node) && /\.c?js$/.test(script) ? [node, [script]] : ['npm', []]
  const { status, error } = spawnSync(program, [...first, ...args], { cwd: packageRoot, env, stdio: ['ignore', 2, 2] })
  if (error !== undefined) fail(3, `npm does not start: ${error.message}; install npm, then run 'npm ci' in ${packageRoot}`)
  if (status !== 0) fail(3, `'npm ${args.join(' ')}' failed, see above; mend that and run it again in ${packageRoot}`)
}

/**
 * @param {string} folder
 * @returns {string}
 */
function nearestPackage(folder) {
  return existsSync(join(folder, 'package.json')) ? folder : nearestPackage(dirname(folder))
}
