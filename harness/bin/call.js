/** What a first look at the command line tells, before its options are read; what is wrong with them it leaves to that. */
export const args = process.argv.slice(2)

/** The command's name. */
export const [command] = args

export const asksForHelp = args.includes('--help') || args.includes('-h')

/**
 * @param {string} option
 * @returns {string | undefined} the value it was given last
 */
export function lastOf(option) {
  return args
    .flatMap((arg, index) =>
      arg === option ? [args[index + 1]] : arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : [],
    )
    .pop()
}

/**
 * What a call chooses. What cannot be read of it is for the command line to complain of.
 * @template {string} T
 * @param {string} option
 * @param {T[]} all
 * @returns {T[]}
 */
export function chosen(option, all) {
  const asked = lastOf(option)
  const own = all.filter((name) => name === asked)
  return own.length === 0 ? all : own
}

/** Whether flows are sent through rules that somebody has, rather than reasoned about alone. */
export const isDriven =
  (command === 'find' || command === 'repro') && process.platform === 'linux' && !args.includes('--static')
