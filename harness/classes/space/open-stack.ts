import { type AddressPort, wildcardAddresses } from '../../core/address.ts'
import { namedCredentials } from '../../flow/identity.ts'
import { listeningPorts } from '../../flow/listener.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import type { PolicyRouting } from '../../flow/policy-routing.ts'
import type { ListeningSocket } from '../../model/packet/listening-socket.ts'
import { NetworkStack } from '../../model/stack/network-stack.ts'
import type { Endpoint } from '../../model/packet/packet.ts'

/**
 * A pod in which an application listens on every port that the proxy has not, if it is not known where, and whose peers
 * listen on all of theirs: a plan names listeners for its own flows alone, and here any flow may be asked about. Whoever
 * drives such a flow plans a pod where somebody listens wherever it or a rule leads (`planJob` with leads).
 */
export class OpenStack extends NetworkStack {
  /** The ports that were looked up in the pod since the set was cleared. */
  readonly lookedUp = new Set<number>()
  readonly #taken: ReadonlySet<number>

  constructor(pod: PodPlan, routing?: Pick<PolicyRouting, 'rules' | 'routes'>) {
    super(pod, routing)
    this.#taken = new Set(listeningPorts(pod.proxy.listeners))
  }

  override socketAt(protocol: 'tcp' | 'udp', to: AddressPort): ListeningSocket | undefined {
    this.lookedUp.add(to.port)
    const found = super.socketAt(protocol, to)
    // A datagram's receiver is bound to one address, since it must tell which one that was.
    const isNobodys = protocol === 'udp' && !this.isLocal(to.address)
    if (found?.at === 'app')
      return protocol === 'tcp' ? found : isNobodys ? undefined : { ...found, address: to.address }
    if (found !== undefined || this.#taken.has(to.port) || isNobodys) return found
    if (this.pod.listening?.[protocol] !== undefined) return undefined
    const address = protocol === 'tcp' ? wildcardAddresses.ipv6 : to.address
    return { at: 'app', protocol, address, port: to.port, credentials: namedCredentials.app }
  }

  override mayListen(protocol: 'tcp' | 'udp', to: Endpoint): boolean {
    return typeof to.port !== 'number' || this.socketAt(protocol, { address: to.address, port: to.port }) !== undefined
  }

  override mayPeerListen(): boolean {
    return true
  }

  override isPeerListening(): boolean {
    return true
  }
}
