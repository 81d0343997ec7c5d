import type { KeptTarget } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'

const clusterMac = kinds.kind(
  'the MAC address of a group',
  (written) => addressKinds.mac.accepts(written, 'ipv4') && (Number.parseInt(written, 16) & 1) === 1,
)

/** `-j CLUSTERIP`. */
export const clusterip: KeptTarget = {
  family: 'ipv4',
  options: [
    flag('--new'),
    value('--hashmode', kinds.oneOf('sourceip', 'sourceip-sourceport', 'sourceip-sourceport-destport')),
    value('--clustermac', clusterMac),
    value('--total-nodes', kinds.number(16, 0, 16)),
    value('--local-node', kinds.number(16, 0, 16)),
    value('--hash-init', kinds.number(32)),
  ],
  check: (names) =>
    names.size === 0 ||
    ['--new', '--hashmode', '--clustermac', '--total-nodes', '--local-node'].every((name) => names.has(name))
      ? undefined
      : 'needs --new, --hashmode, --clustermac, --total-nodes and --local-node, or none of them',
  does: 'unknown',
}
