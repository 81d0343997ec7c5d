/** How commands and paths are written for whoever started the run. */
export interface Caller {
  /** How Sidetrack is started: `npm run -s sidetrack --` or `npx sidetrack`. */
  program: string
  /** A file as the caller would write it. */
  path(file: string): string
  /**
   * The options of this call that decide whose rules and promises a check is about: a command that runs it again needs
   * them.
   */
  carried: readonly string[]
}
