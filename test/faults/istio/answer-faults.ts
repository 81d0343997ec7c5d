import { deleted, negated, targeted, valued } from '../edit.ts'
import { type Fault, faultsOf } from '../fault.ts'
import { dnsReplies, invalid } from './promises.ts'

const segment = 'remote-tcp(raw=FIN,ACK)-pod:8080'
const reset = 'refused: refused'

/**
 * Faults in what istio@1.31 says about packets of no connection, and about the zones that answers are looked for in.
 */
export const answerFaults: readonly Fault[] = [
  ...faultsOf('PREROUTING --ctstate INVALID -j ISTIO_DROP', [
    ['deleted', deleted, invalid, segment, reset],
    ['all but invalid packets', negated('--ctstate'), invalid, segment, reset],
    ['what is new', valued('--ctstate', () => 'NEW'), invalid, segment, reset],
    ['RETURN', targeted('RETURN'), invalid, segment, reset],
  ]),
  ...faultsOf('ISTIO_DROP -j DROP', [
    ['deleted', deleted, invalid, segment, reset],
    ['ACCEPT', targeted('ACCEPT'), invalid, segment, reset],
  ]),
  ...faultsOf('PREROUTING -j ISTIO_INBOUND', [
    ['deleted', deleted, dnsReplies, 'proxy-udp-10.96.0.10:53', 'direct: peer'],
  ]),
]
