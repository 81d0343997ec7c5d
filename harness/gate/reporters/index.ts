import type { GateReporter } from './reporter.ts'

/** Every reporter of a gate, loaded when it is asked for. */
export const gateReporters = {
  pretty: async (): Promise<GateReporter> => (await import('./pretty.ts')).pretty,
  json: async (): Promise<GateReporter> => (await import('./json.ts')).json,
  markdown: async (): Promise<GateReporter> => (await import('./markdown.ts')).markdown,
  sarif: async (): Promise<GateReporter> => (await import('./sarif.ts')).sarif,
  html: async (): Promise<GateReporter> => (await import('./html/html.ts')).html,
  github: async (): Promise<GateReporter> => (await import('./github.ts')).github,
}

export type GateReporterName = keyof typeof gateReporters
export const gateReporterNames = Object.keys(gateReporters) as GateReporterName[]
