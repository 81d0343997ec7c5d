import { inetAton } from '../../words/ipv4-text.ts'
import type { KeptTarget } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import { must, value } from '../option.ts'

/** The kernel refuses that of nobody (tee_tg_check in net/netfilter/xt_TEE.c). */
const gateway = kinds.kind(
  'the address of a gateway',
  (written, family) =>
    addressKinds.host.accepts(written, family) && inetAton(written) !== 0 && !/^[0:]+$/.test(written),
)

/** `-j TEE`. */
export const tee: KeptTarget = {
  options: [value('--gateway', gateway, must), value('--oif', kinds.text(0))],
  does: 'unknown',
}
