import { asksForSyn } from '../matches/tcp.ts'
import { needsOption } from '../checks.ts'
import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'

/** `-j TCPMSS`. */
export const tcpmss: KeptTarget = {
  options: [value('--set-mss', kinds.number(16, 0, 65515)), flag('--clamp-mss-to-pmtu')],
  protocols: [6],
  check: needsOption,
  // find_syn_match in net/netfilter/xt_TCPMSS.c
  needsBeside: (matches) =>
    matches.some(asksForSyn) ? undefined : '--syn in the rule, or --tcp-flags that SYN is among',
  does: 'continue',
}
