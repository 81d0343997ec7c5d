/** Reporters by name; the list alone, so that reading a command line loads none of them. */
export const reporterNames = ['pretty', 'tap', 'json'] as const
export type ReporterName = (typeof reporterNames)[number]
