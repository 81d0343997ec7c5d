import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail } from './fail.js'
import { alone } from './lock.js'
import { missingPackages } from './packages.js'

/** The checkout, or the installed package: nearest folder above with a package.json. */
export const packageRoot = nearestPackage(dirname(fileURLToPath(import.meta.url)))

/** Locked while something is set up that no run takes from another: a run may ask for it below one that is under way. */
export const setUp = join(packageRoot, 'harness', 'bin')

const modules = join(packageRoot, 'node_modules')
const lockfile = join(packageRoot, 'package-lock.json')
/** What npm itself notes of the packages that it has put there (npm 7 and later). */
const installed = join(modules, '.package-lock.json')
/**
 * Says that an install of ours has come to its end here: what npm did not get of the optional packages, it will not
 * get.
 */
const done = join(modules, '.sidetrack-installed')
const tapProgram = join(modules, 'tap', 'dist', 'esm', 'run.mjs')
/** Says that tap has built its plugins for these packages. */
const tapBuilt = join(modules, '.sidetrack-tap-built')

/** Each part's `npm ci`. No package needs its scripts, and what `prepare` does is asked for where it is needed. */
const installs = {
  run: ['ci', '--omit=dev', '--include=optional'],
  all: ['ci', '--include=dev', '--include=optional'],
}
/** The outer Node may be older than what packages ask for: it is Sidetrack's own that loads them. */
const options = ['--ignore-scripts', '--engine-strict=false', '--loglevel=error']

/** Whether this is a checkout: npm never packs a lockfile. */
export function isCheckout() {
  return existsSync(lockfile)
}

/**
 * Whether node_modules holds a part of the lockfile, whoever put it there. An installed package has what npm gave it.
 * @param {import('./packages.js').Part} part
 */
export function hasDependencies(part) {
  if (!isCheckout()) return true
  const { required, optional } = missingPackages(read(lockfile), read(installed), part)
  return required.length === 0 && (optional.length === 0 || existsSync(done))
}

/**
 * Makes node_modules what the lockfile says, if it is not that already.
 * @param {import('./packages.js').Part} part
 */
export function ensureDependencies(part) {
  if (hasDependencies(part)) return
  const command = `npm ${installs[part].slice(0, part === 'run' ? 2 : 1).join(' ')}`
  if (process.env.SIDETRACK_NO_INSTALL === '1')
    fail(3, `npm dependencies are missing or are not those of package-lock.json; run '${command}' in ${packageRoot}`)
  alone(packageRoot, (held) => {
    // Whoever was waited for may have installed them.
    if (hasDependencies(part)) return
    process.stderr.write(`sidetrack: installing npm dependencies from package-lock.json (${command})\n`)
    npm(held, ...installs[part], ...options)
    if (existsSync(modules)) writeFileSync(done, '')
  })
}

/**
 * Has tap build its plugins, without which it runs no test.
 * @param {string} node
 */
export function ensureTap(node) {
  const isBuilt = () => !isCheckout() || !existsSync(tapProgram) || existsSync(tapBuilt)
  if (isBuilt()) return
  alone(setUp, (held) => {
    if (isBuilt()) return
    const { status } = spawnSync(node, [tapProgram, 'build'], { cwd: packageRoot, stdio: ['ignore', 2, 2, held] })
    if (status !== 0) fail(3, `'tap build' failed, see above; mend that and run it again in ${packageRoot}`)
    writeFileSync(tapBuilt, '')
  })
}

/** @param {string} file */
function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { packages: {} }
}

/**
 * Runs the npm that started this process, under the Node that it runs on: this process's own may be in node_modules,
 * which npm replaces.
 * @param {number} held what the lock goes with: an npm that has lost this process goes on
 * @param {string[]} args
 */
function npm(held, ...args) {
  const { npm_execpath: script, npm_node_execpath: node, PATH = '' } = process.env
  const outside = PATH.split(':').filter((folder) => !folder.startsWith(modules))
  const env = { ...process.env, PATH: outside.join(':') }
  const [program, first] =
    script !== undefined && node !== undefined && existsSync(node) && /\.c?js$/.test(script)
      ? [node, [script]]
      : ['npm', []]
  const { status, error } = spawnSync(program, [...first, ...args], {
    cwd: packageRoot,
    env,
    stdio: ['ignore', 2, 2, held],
  })
  if (error !== undefined)
    fail(3, `npm does not start: ${error.message}; install npm, then run 'npm ci' in ${packageRoot}`)
  if (status !== 0) fail(3, `'npm ${args.join(' ')}' failed, see above; mend that and run it again in ${packageRoot}`)
}

/**
 * @param {string} folder
 * @returns {string}
 */
function nearestPackage(folder) {
  return existsSync(join(folder, 'package.json')) ? folder : nearestPackage(dirname(folder))
}
