import { fail } from './fail.js'

/** The commands of npm that run a script, and keep what stands before `--` for npm (npm-run(1)). */
const runners = ['start', 'run-script', 'run']

const source = ['rules', 'clean-env', 'config', 'complete']
const accounts = ['passwd', 'group']
const containers = ['sandbox', 'image', 'privileged', 'init-image']
const selection = ['grep', 'tag', 'last-failed', 'durations', 'watch', 'shard', 'jobs', 'timeout', 'repeat', 'bail']
const identity = ['uid', 'gid', 'groups']

/**
 * The options of each command, as `cli/` has them: that is TypeScript, and the packages it loads are not there yet when
 * an option that is lost must be told.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const optionsOf = {
  run: [
    ...[
      'bugs',
      'mesh',
      ...source,
      'snapshot',
      ...accounts,
      'without',
      'expected-failures',
      'iptables',
      'family',
      ...containers,
      'envoy',
      ...selection,
    ],
    ...['keep-evidence', 'evidence-folder', 'reporter', 'verbose'],
  ],
  list: ['bugs', 'grep', 'tag', 'json'],
  rules: ['mesh', ...source, 'snapshot', 'family', 'verbose'],
  explain: [
    'mesh',
    ...source,
    'snapshot',
    'iptables',
    'family',
    ...identity,
    'proto',
    'to',
    'from',
    'in',
    'mark',
    'tos',
    ...accounts,
    'why-not',
    'live',
    'verbose',
    'json',
  ],
  find: [
    ...[
      'mesh',
      ...source,
      'snapshot',
      ...accounts,
      'iptables',
      'family',
      'verdict',
      'identity',
      'not-identity',
      'reaches',
      'decided-by',
      'proto',
      'from',
    ],
    ...['static', 'verbose', 'json'],
  ],
  repro: [
    ...[
      'mesh',
      'config',
      'pod',
      'meshconfig',
      'complete',
      'snapshot',
      ...accounts,
      'iptables',
      'family',
      'fail-on',
      'reporter',
    ],
    ...['static', 'verbose'],
  ],
  findings: ['json'],
  shell: ['mesh', ...source, 'snapshot', ...accounts, 'iptables', ...identity],
  gate: [
    ...[
      'baseline',
      'candidate',
      'baseline-cwd',
      'candidate-cwd',
      'mesh',
      'clean-env',
      ...accounts,
      'config',
      'configs',
      'seed',
      'without',
      'flows',
    ],
    ...['iptables', 'baseline-iptables', 'candidate-iptables', 'family', 'sandbox', 'image', 'jobs'],
    ...['approvals', 'approve', 'reason', 'prune', 'fail-on', 'reporter', 'verbose'],
  ],
  collect: ['redact'],
  merge: ['reporter', 'verbose'],
  init: ['mesh'],
  images: [],
  doctor: [],
}

/** Ends the process where npm has kept an option of ours, with how to write it. @param {string} command */
export function refuseEaten(command) {
  const line = eatenOption(command, process.env)
  if (line !== undefined) fail(2, line)
}

/**
 * Options of ours that npm has kept for itself, because no `--` stood before them, are gone from the arguments: they
 * are in the environment then, as npm's own would be (npm-config(7)).
 * @param {string} command
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined} one sentence on the first of them
 */
export function eatenOption(command, environment) {
  const { npm_command: runner = '', npm_lifecycle_event: script = '' } = environment
  if (!runners.includes(runner) || !Object.hasOwn(optionsOf, command)) return undefined
  const eaten = optionsOf[command]?.find((name) =>
    isEaten(name, environment[`npm_config_${name.replaceAll('-', '_')}`]),
  )
  if (eaten === undefined) return undefined
  const call = runner === 'start' ? 'npm start' : `npm run ${script}`
  return `--${eaten}: npm has kept it for itself; write '--' before the options: ${call} -- --${eaten} …`
}

/**
 * `npm_config_jobs=4` is how people tell node-gyp how much it may do at once, and none of ours.
 * @param {string} name
 * @param {string | undefined} value
 */
function isEaten(name, value) {
  return name === 'jobs' ? value === 'true' : value !== undefined
}
