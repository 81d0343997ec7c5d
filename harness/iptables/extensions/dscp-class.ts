import * as kinds from './kinds.ts'

const classes = /^(CS[0-7]|BE|AF[1-4][1-3]|EF)/i

/**
 * A class of differentiated services; what stands behind its name is passed over (class_to_dscp in
 * extensions/dscp_helper.c).
 */
export const dscpClass = kinds.kind('a DSCP class', (written) => classes.test(written))
