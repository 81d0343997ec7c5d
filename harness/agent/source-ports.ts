/** The stub's own dials have these source ports; probes have theirs from the range below. */
export const stubPorts = { first: 32768, last: 60999 } as const
export const probePorts = { first: 20000, last: 32767 } as const
