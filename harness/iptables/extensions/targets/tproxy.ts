import { canonicalAddress, familyOf, wildcardAddresses } from '../../../core/address.ts'
import type { StatementOf } from '../../../netfilter/statement.ts'
import { readMark } from '../../words/values.ts'
import { knownTarget } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { value } from '../option.ts'
import { printXmark } from '../xmark.ts'

/** `-j TPROXY`; the port is read as by getaddrinfo(3): decimal, cut down to 16 bits. */
export const tproxy = knownTarget<StatementOf<'tproxy'>>({
  options: [
    value('--on-port', portKinds.port, { required: true }),
    value('--on-ip', addressKinds.host),
    value('--tproxy-mark', kinds.mark),
  ],
  tables: ['mangle'],
  chains: ['PREROUTING'],
  protocols: [6, 17],
  read: (options, _, { family }) => {
    const port = options.get('--on-port')?.text ?? ''
    const [address, mark] = [options.get('--on-ip')?.text ?? wildcardAddresses[family], options.get('--tproxy-mark')]
    const number = port === '' ? 0 : portKinds.serviceNumber(port)
    if (number === undefined || familyOf(address) !== family) return undefined
    return {
      kind: 'tproxy',
      port: number,
      address: canonicalAddress(address),
      ...(mark === undefined ? { value: 0, mask: 0 } : readMark(mark)),
    }
  },
  print: (target) => `--on-port ${target.port} --on-ip ${target.address} --tproxy-mark ${printXmark(target)}`,
  lower: (target) => target,
})
