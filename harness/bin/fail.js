/**
 * Ends the process with one line for the user.
 * @param {number} code
 * @param {string} line
 * @returns {never}
 */
export function fail(code, line) {
  process.stderr.write(`sidetrack: ${line}\n`)
  process.exit(code)
}
