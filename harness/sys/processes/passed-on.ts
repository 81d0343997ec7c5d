/** What of its environment a process passes on to those that need not know more: where programs and libraries are. */
const names = ['PATH', 'LD_LIBRARY_PATH'] as const

/**
 * The environment of the agent, of the identities and of what they start. Whatever else the caller has, a secret
 * perhaps, is not for processes of other users to read.
 */
export function passedOn(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}
