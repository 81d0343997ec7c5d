import { inputError } from '../core/errors.ts'
import type { Options } from './option.ts'

/** The commands of npm that run a script, and keep what stands before `--` for npm (npm-run(1)). */
const runners = ['start', 'run-script', 'run']

/**
 * Options of ours that npm has kept for itself, because no `--` stood before them, are gone from the arguments: they are in the
 * environment then, as npm's own would be (npm-config(7)).
 * @throws HarnessError (`input`) that names the first one.
 */
export function refuseEaten(options: Options, environment: NodeJS.ProcessEnv = process.env): void {
  const { npm_command: command = '', npm_lifecycle_event: script = '' } = environment
  if (!runners.includes(command)) return
  const eaten = Object.keys(options).find((name) => isEaten(name, environment[`npm_config_${name.replaceAll('-', '_')}`]))
  if (eaten === undefined) return
  const call = command === 'start' ? 'npm start' : `npm run ${script}`
  throw inputError(`--${eaten}`, 'npm has kept it for itself', `write '--' before the options: ${call} -- --${eaten} …`)
}

/** `npm_config_jobs=4` is how people tell node-gyp how much it may do at once, and none of ours. */
function isEaten(name: string, value: string | undefined): boolean {
  return name === 'jobs' ? value === 'true' : value !== undefined
}
