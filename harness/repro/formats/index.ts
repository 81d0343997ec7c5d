import type { ReproFormat } from './format.ts'

/** Every format of a report, loaded when it is asked for. */
export const reproFormats = {
  pretty: async (): Promise<ReproFormat> => (await import('./pretty.ts')).pretty,
  json: async (): Promise<ReproFormat> => (await import('./json.ts')).json,
  sarif: async (): Promise<ReproFormat> => (await import('./sarif.ts')).sarif,
  html: async (): Promise<ReproFormat> => (await import('./html.ts')).html,
  github: async (): Promise<ReproFormat> => (await import('./github.ts')).github,
}

export type ReproFormatName = keyof typeof reproFormats
export const reproFormatNames = Object.keys(reproFormats) as ReproFormatName[]
