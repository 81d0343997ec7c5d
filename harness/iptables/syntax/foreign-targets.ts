import type { KeptTarget } from '../extensions/extension.ts'

const names = 'ACCOUNT CHAOS DELUDE DHCPMAC DNETMAP ECHO IPMARK LOGMARK PROTO RAWDNAT RAWSNAT STEAL SYSRQ TARPIT'.split(
  ' ',
)
const foreign: KeptTarget = { options: [], does: 'unknown' }

/**
 * Targets of xtables-addons, which a machine may have: where no chain is called so, they are passed on, and Sidetrack
 * does not know what they do.
 */
export const foreignTarget = (name: string): KeptTarget | undefined => (names.includes(name) ? foreign : undefined)
