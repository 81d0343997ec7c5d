/**
 * Whether a command of a script sets what changes no rule here: that the shell stops at what fails, as the reader does
 * anyway, that it says what it does, or in which language, and where programs are looked for, since none is.
 * @param words as the shell would hand them on.
 */
export function isHarmlessSetting(words: readonly string[]): boolean {
  const [name, ...rest] = words
  if (name === 'set') return isHarmlessSet(rest)
  if (name === 'export') return rest.length > 0 && rest.every((word) => assignment.test(word))
  return words.length > 0 && words.every((word) => assignment.test(word))
}

/** Its value holds nothing that a shell would do something for. */
const assignment = /^(?:LC_[A-Z]+|LANG|LANGUAGE|PATH)=[^\s;&|<>()$`\\]*$/

/** `set` of POSIX.1-2024, 2.15: of its options, those that neither keep commands from being run nor let failures pass. */
const letters = /^-[efuvx]*(o?)$/
const names: ReadonlySet<string> = new Set(['errexit', 'noglob', 'nounset', 'pipefail', 'verbose', 'xtrace'])

function isHarmlessSet(words: readonly string[]): boolean {
  const left = [...words]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [isOption, takesName] = letters.exec(word) ?? []
    if (isOption === undefined || isOption === '-') return false
    if (takesName !== '' && !names.has(left.shift() ?? '')) return false
  }
  return words.length > 0
}
