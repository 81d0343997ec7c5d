import type { Reporter } from './reporter.ts'

/** Reporters by name; each is loaded when it is asked for, so that reading a command line loads none of them. */
export const reporters = {
  pretty: async () => (await import('./pretty/pretty.ts')).pretty,
  tap: async () => (await import('./tap.ts')).tap,
  json: async () => (await import('./json.ts')).json,
  junit: async () => (await import('./junit.ts')).junit,
  github: async () => (await import('./github/github.ts')).github,
  html: async () => (await import('./html/html.ts')).html,
} satisfies Record<string, () => Promise<Reporter>>

/** Those that say which rules decided of checks that passed, too. */
const tellingOfPassed: readonly string[] = ['json', 'html'] satisfies (keyof typeof reporters)[]
export const tellsOfPassed = (name: ReporterName): boolean => tellingOfPassed.includes(name)

export type ReporterName = keyof typeof reporters
export const reporterNames = Object.keys(reporters) as ReporterName[]
