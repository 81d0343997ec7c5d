import * as kinds from './kinds.ts'

const classes = /^(CS[0-7]|BE|AF[1-4][1-3]|EF)/i

/**
 * A class of differentiated services; what stands behind its name is passed over (class_to_dscp in
 * extensions/dscp_helper.c).
 */
export const dscpClass = kinds.kind('a DSCP class', (written) => classes.test(written))

/** The number of a class (RFC 2474, RFC 2597, RFC 3246), as `dscpClass` takes it. */
export function dscpOfClass(written: string): number {
  const name = classes.exec(written)?.[0].toUpperCase() ?? ''
  if (name === 'EF') return 46
  if (name === 'BE') return 0
  const [first = 0, second = 0] = name.slice(2).split('').map(Number)
  return first * 8 + second * 2
}
