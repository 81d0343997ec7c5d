import { deleted } from '../edit.ts'
import { type Fault, faultsOf, promised } from '../fault.ts'

const istio = (file: string, title: string) => promised(file, title, 'istio')
const dns = istio('dns', 'from 1.17, TPROXY: DNS is answered to the application, and the proxy asks for itself')
const inOrder = istio(
  'drop-invalid',
  'from 1.17, TPROXY: dropping invalid packets changes nothing for connections that are in order',
)
const tunnel = istio(
  'transparent-routing',
  "from 1.17, TPROXY: the proxy's calls to the tunnel port of its own pod are inbound, by user or by group",
)
const ports = istio(
  'dns',
  'from 1.17: a source port of an application and of the user or the group of the proxy is told apart',
)

/**
 * Faults in what istio@1.31 says under TPROXY of packets after the first one, which TPROXY drops where their socket is
 * an ordinary one (nf_tproxy_sk_is_transparent in net/netfilter/xt_TPROXY.c); and of zones by the proxy's group.
 */
export const transparentFaults: readonly Fault[] = [
  {
    rule: 'OUTPUT ! -d 127.0.0.1/32 -p tcp -o lo --uid-owner 1337 -j MARK --set-mark 1338',
    fault: 'deleted',
    edit: deleted,
    promised: tunnel,
    flow: '1337:1000-tcp-pod:15008',
    family: 'ipv4',
    becomes: 'direct: app',
  },
  ...faultsOf('ISTIO_DIVERT -j ACCEPT', [['deleted', deleted, dns, 'proxy-tcp-10.96.0.10:53', 'dropped: dropped']]),
  ...faultsOf('ISTIO_INBOUND -p tcp --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT', [
    ['deleted', deleted, dns, 'proxy-tcp-10.96.0.10:53', 'dropped: dropped'],
  ]),
  ...faultsOf('OUTPUT -p tcp -o lo --mark 1337 -j RETURN', [
    ['deleted', deleted, inOrder, 'remote-tcp-pod:8080', 'redirected: inbound → dropped'],
  ]),
  ...faultsOf('ISTIO_OUTPUT_DNS -p udp --sport 15053 --gid-owner 1337 -j CT --zone 2', [
    ['deleted', deleted, dns, 'app-udp-10.96.0.10:53', 'redirected: dns → peer'],
  ]),
  {
    rule: 'ISTIO_OUTPUT_DNS -p udp --dport 53 --gid-owner 1337 -j CT --zone 1',
    fault: 'deleted',
    edit: deleted,
    promised: ports,
    after: '1000:1337-udp-10.96.0.10:53-from-:25309',
    flow: 'app-udp-10.96.0.10:53-from-:25309',
    becomes: 'direct: peer',
  },
]
