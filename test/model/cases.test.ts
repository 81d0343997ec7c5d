import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { familyOf } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { lower } from '../../harness/iptables/ruleset/lower.ts'
import { predict } from '../../harness/model/predict.ts'
import { NetworkStack } from '../../harness/model/stack/network-stack.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { type KnownCase, testBothWorlds } from './both-worlds.ts'
import { compareWithKernel } from './disagreements.ts'
import { inWords } from './difference.ts'
import { from, given, nat, ping, tcpTo, udp } from './flows.ts'
import { type Case, podPlan } from './pod.ts'

const sandbox = await openSandbox(t)

const transparent = (given: Case): Case => ({ ...given, transparent: true })

/** What random rulesets have taught, and what facts the model rests on: the model and the kernel both say this. */
const cases: readonly KnownCase[] = [
  [
    'REDIRECT in OUTPUT goes to 127.0.0.1, whatever was dialled',
    given(nat('-A OUTPUT -p tcp -m owner --uid-owner 1000 -j REDIRECT --to-ports 80'), tcpTo('203.0.113.10', 8080)),
    /^translated app to 127\.0\.0\.1:80/,
  ],
  [
    'REDIRECT in PREROUTING goes to the address of the interface that it came in by',
    given(nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 80'), from('net1', tcpTo('10.244.0.5', 8080))),
    /^translated app to 10\.245\.0\.5:80/,
  ],
  [
    'NETMAP at OUTPUT gives the destination a network of its own',
    given(nat('-A OUTPUT -p tcp -j NETMAP --to 203.0.113.0/28'), tcpTo('198.51.100.26', 80)),
    /^translated peer to 203\.0\.113\.10:80/,
  ],
  [
    'NETMAP at POSTROUTING changes the source, to which no answer finds back',
    given(nat('-A POSTROUTING -p tcp -j NETMAP --to 198.51.100.0/24'), tcpTo('203.0.113.10', 80)),
    /^dropped/,
  ],
  [
    'what nat sends behind the bridge is forwarded there, and refused where nobody listens',
    given(
      nat('-A PREROUTING -p tcp -j DNAT --to-destination 172.30.0.2:81'),
      from('eth0', tcpTo('10.244.0.5', 80)),
      true,
    ),
    /^refused by peer/,
  ],
  [
    "a peer's IPv6 error comes from its interface's address, since what was dialled is only routed to it",
    given({ filter: ['-A INPUT -p ipv6-icmp -s fd00:10::1 -j DROP'] }, udp(tcpTo('2001:db8::10', 81))),
    /^dropped/,
  ],
  [
    'so that a rule about what was dialled does not meet it',
    given({ filter: ['-A INPUT -p ipv6-icmp -s 2001:db8::10 -j DROP'] }, udp(tcpTo('2001:db8::10', 81))),
    /^refused by peer/,
  ],
  [
    'an IPv4 error comes from what was dialled',
    given({ filter: ['-A INPUT -p icmp -s 203.0.113.10 -j DROP'] }, udp(tcpTo('203.0.113.10', 81))),
    /^dropped/,
  ],
  [
    'a FORWARD policy is met on the way behind the bridge',
    given(
      { nat: ['-A PREROUTING -p tcp -j DNAT --to-destination 172.30.0.2:81'], filter: ['-A FORWARD -o br0 -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 80)),
      true,
    ),
    /^dropped/,
  ],
  [
    'an echo request from the pod is answered behind the bridge',
    given(nat('-A OUTPUT -p icmp -j DNAT --to-destination 172.30.0.2'), ping(tcpTo('203.0.113.10', 0)), true),
    /^translated peer to 172\.30\.0\.2/,
  ],
  [
    'an answer is of the other direction',
    given({ filter: ['-A OUTPUT -p tcp -m conntrack --ctdir REPLY -j DROP'] }, from('eth0', tcpTo('10.244.0.5', 80))),
    /^dropped/,
  ],
  [
    'what a connection was opened to is asked of its translated packets',
    given(
      {
        nat: ['-A OUTPUT -p tcp -j DNAT --to-destination 203.0.113.11:80'],
        filter: [
          '-A OUTPUT -p tcp -m conntrack ! --ctorigdst 203.0.113.10 -j DROP',
          '-A OUTPUT -p tcp -m conntrack --ctreplsrc 203.0.113.10 -j DROP',
        ],
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^translated peer to 203\.0\.113\.11:80/,
  ],
  [
    'without a connection its ends match nothing, unless the state is asked for too',
    given(
      {
        raw: ['-A OUTPUT -p tcp -j CT --notrack'],
        filter: [
          '-A OUTPUT -p tcp -m conntrack ! --ctorigdst 198.51.100.1 -j ACCEPT',
          '-A OUTPUT -p tcp -m conntrack --ctstate UNTRACKED --ctorigdst 198.51.100.1 -j DROP',
        ],
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^dropped/,
  ],
  [
    'iprange takes both of its ends',
    given(
      { filter: ['-A OUTPUT -p tcp -m iprange --dst-range 203.0.113.10-203.0.113.10 -j DROP'] },
      tcpTo('203.0.113.10', 80),
    ),
    /^dropped/,
  ],
  [
    'an IPv6 peer whose own echo request is sent back to it hears the answer that it gives itself',
    given(
      nat('-A PREROUTING -p ipv6-icmp -j DNAT --to-destination 2001:db8::10'),
      from('eth0', ping(tcpTo('fd00:10::5', 0))),
      true,
    ),
    /^translated peer to 2001:db8::10 →/,
  ],
  [
    'a peer at another interface hears nothing then: that one answers an address of its own',
    given(
      nat('-A PREROUTING -p ipv6-icmp -j DNAT --to-destination 2001:db8::10'),
      from('net1', ping(tcpTo('fd00:11::5', 0))),
      true,
    ),
    /^translated peer to 2001:db8::10 unanswered/,
  ],
  [
    'what the pod sends to itself does not meet nat PREROUTING',
    given(nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 15003'), tcpTo('10.244.0.5', 80)),
    /^direct app/,
  ],
  [
    'a rule about one port is never about what a probe or the proxy is sent from',
    given(
      {
        filter: [
          '-A INPUT -p tcp -m tcp --dport 32768 -j DROP',
          '-A INPUT -p tcp -m multiport --dports 40000:50000 -j DROP',
        ],
        ...nat(
          '-A OUTPUT -p tcp -m tcp --sport 32769 -j RETURN',
          '-A OUTPUT -m owner --uid-owner 1000 -p tcp -j REDIRECT --to-ports 15001',
        ),
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^redirected outbound .* peer 203\.0\.113\.10:80/,
  ],
  [
    "but one about every ordinary client's port is",
    given({ filter: ['-A INPUT -i eth0 -p tcp -m tcp --dport 32768:60999 -j DROP'] }, tcpTo('203.0.113.10', 80)),
    /^dropped/,
  ],
  [
    'so it is where the rules leave no port unnamed',
    given(
      {
        filter: [
          '-A INPUT -i eth0 -p tcp -m multiport --dports 1:40000 -j DROP',
          '-A OUTPUT -o eth0 -p tcp -m tcp --sport 40001: -j DROP',
        ],
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^dropped/,
  ],
  [
    'after a translation filter OUTPUT still sees the first route',
    given(
      {
        ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80'),
        filter: ['-A OUTPUT -o lo -p tcp -m tcp --dport 80 --syn -j DROP'],
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated app/,
  ],
  [
    'but the translated destination',
    given(
      {
        ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80'),
        filter: ['-A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --syn -j DROP'],
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^dropped/,
  ],
  [
    'a supplementary group counts only where it is asked for',
    given(
      nat('-A OUTPUT -p tcp -m owner --gid-owner 1500 -j REDIRECT --to-ports 80'),
      tcpTo('203.0.113.10', 8080, { uid: 1000, gid: 1000, groups: [1500] }),
    ),
    /^direct peer/,
  ],
  [
    'and does where it is',
    given(
      nat('-A OUTPUT -p tcp -m owner --gid-owner 1500 --suppl-groups -j REDIRECT --to-ports 80'),
      tcpTo('203.0.113.10', 8080, { uid: 1000, gid: 1000, groups: [1500] }),
    ),
    /^translated app/,
  ],
  [
    'RETURN behind a goto goes back to who called, not to who went',
    given(
      nat(
        '-N A',
        '-N B',
        '-A A -g B',
        '-A A -p tcp -j REDIRECT --to-ports 80',
        '-A B -j RETURN',
        '-A OUTPUT -j A',
        '-A OUTPUT -p tcp -j REDIRECT --to-ports 8080',
      ),
      tcpTo('203.0.113.10', 53),
    ),
    /^translated app to 127\.0\.0\.1:8080/,
  ],
  [
    'a connection that is not tracked is not translated',
    given(
      { raw: ['-A OUTPUT -p tcp -j CT --notrack'], ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80') },
      tcpTo('203.0.113.10', 8080),
    ),
    /^direct peer/,
  ],
  [
    'a datagram whose answer a rule drops has arrived all the same',
    given({ mangle: ['-A INPUT -p udp -m udp --sport 53 -j DROP'] }, udp(tcpTo('203.0.113.10', 53))),
    /^direct peer unanswered/,
  ],
  [
    'so has an echo request',
    given({ filter: ['-A INPUT -p icmp -m icmp --icmp-type 0 -j DROP'] }, ping(tcpTo('203.0.113.10', 0))),
    /^direct peer unanswered/,
  ],
  [
    'and one of IPv6',
    given({ filter: ['-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 129 -j DROP'] }, ping(tcpTo('2001:db8::10', 0))),
    /^direct peer unanswered/,
  ],
  [
    'a rule about echo requests alone lets the reply pass',
    given({ filter: ['-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP'] }, ping(tcpTo('203.0.113.10', 0))),
    /^direct peer →/,
  ],
  [
    'the pod may be kept from answering a datagram',
    given(
      { filter: ['-A OUTPUT -p udp -m owner --uid-owner 1000 -j REJECT'] },
      from('eth0', udp(tcpTo('10.244.0.5', 53))),
    ),
    /^direct app unanswered/,
  ],
  [
    "the answer of an echo request has no process's owner",
    given(
      { filter: ['-A OUTPUT -p icmp -m owner --uid-owner 0-65535 -j DROP'] },
      from('eth0', ping(tcpTo('10.244.0.5', 0))),
    ),
    /^direct app →/,
  ],
  [
    'the listener answers a redirected datagram in vain',
    given(
      {
        ...nat('-A OUTPUT -p udp -j REDIRECT --to-ports 15001'),
        filter: ['-A OUTPUT -p udp -m udp --sport 15001 -j DROP'],
      },
      udp(tcpTo('203.0.113.10', 53)),
    ),
    /^redirected outbound for 203\.0\.113\.10:53 unanswered/,
  ],
  [
    'no echo reply leads back to ::1 from an interface without a default route',
    given(nat('-A INPUT -j SNAT --to-source ::1'), from('net1', ping(tcpTo('fd00:11::5', 0)))),
    /^direct app unanswered/,
  ],
  [
    'and from one with a default route it does',
    given(nat('-A INPUT -j SNAT --to-source ::1'), from('eth0', ping(tcpTo('fd00:10::5', 0)))),
    /^direct app →/,
  ],
  [
    'a policy drops the answer to a datagram',
    given({ filter: [':INPUT DROP [0:0]', '-A INPUT -p tcp -j ACCEPT'] }, udp(tcpTo('203.0.113.10', 53))),
    /^direct peer unanswered/,
  ],
  [
    'the kernel by itself loses an answer that has another name',
    given(
      {
        raw: ['-A PREROUTING -p udp -m udp --sport 80 -j NOTRACK'],
        ...nat('-A OUTPUT -p udp -j DNAT --to-destination :80'),
      },
      udp(tcpTo('203.0.113.10', 53)),
    ),
    /unanswered/,
  ],
  [
    'a peer that is sent a datagram in its own name answers itself',
    given(nat('-A POSTROUTING -p udp -j SNAT --to-source 2001:db8::77'), udp(tcpTo('2001:db8::10', 53))),
    /^direct peer unanswered/,
  ],
  [
    "the answer of a listener has the listener's owner",
    given(
      { filter: ['-A OUTPUT -p tcp -m tcp --sport 80 -m owner --uid-owner 1000 -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 80)),
    ),
    /^dropped/,
  ],
  [
    "an RST has no owner: it is the kernel's own",
    given(
      { filter: ['-A OUTPUT -p tcp -m tcp --sport 81 -m owner ! --uid-owner 1000 -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 81)),
    ),
    /^dropped/,
  ],
  [
    "an IPv4 RST has a socket, the kernel's own",
    given(
      { filter: ['-A OUTPUT -p tcp -m tcp --sport 81 -m owner --socket-exists -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 81)),
    ),
    /^dropped/,
  ],
  [
    'an IPv6 RST has none',
    given(
      { filter: ['-A OUTPUT -p tcp -m tcp --sport 81 -m owner --socket-exists -j DROP'] },
      from('eth0', tcpTo('fd00:10::5', 81)),
    ),
    /^refused by pod/,
  ],
  [
    'what has no route once nat has changed its destination comes to no later table',
    given(
      { ...nat('-A OUTPUT -p tcp -j DNAT --to-destination 203.0.113.10'), filter: ['-A OUTPUT -j ACCEPT'] },
      tcpTo('127.0.0.1', 15001),
    ),
    /^dropped/,
  ],
  [
    'IPv6 sends no RST to ::1 from an address that is not loopback',
    given(nat('-A OUTPUT -p tcp -j DNAT --to-destination [fd00:11::5]:81'), tcpTo('::1', 53)),
    /^dropped/,
  ],
  [
    'a peer throws away what comes back to it from its own address',
    given(
      nat('-A PREROUTING -p tcp -j DNAT --to-destination 10.244.0.1:8080'),
      from('eth0', tcpTo('10.244.0.5', 53)),
      true,
    ),
    /^dropped/,
  ],
  [
    'loopback addresses stay off the wire',
    given(nat('-A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1'), from('eth0', tcpTo('10.244.0.5', 80))),
    /^dropped/,
  ],
  [
    'no rule sees what a wire brings in from ::1',
    given(nat('-A PREROUTING -p udp -j REDIRECT --to-ports 15003'), {
      ...from('eth0', udp(tcpTo('fd00:10::5', 53))),
      source: { address: '::1' },
    }),
    /^dropped(?!.*PREROUTING)/,
  ],
  [
    'a rejected datagram is EPERM to its sender',
    given({ filter: ['-A OUTPUT -p udp -j REJECT'] }, udp(tcpTo('203.0.113.10', 53))),
    /^dropped/,
  ],
  [
    'a rejected connection is refused',
    given({ filter: ['-A OUTPUT -p tcp -j REJECT'] }, tcpTo('203.0.113.10', 53)),
    /^refused by pod/,
  ],
  [
    'a mark that one table sets is seen by the next',
    given(
      {
        mangle: ['-A OUTPUT -j MARK --set-mark 1'],
        ...nat('-A OUTPUT -p tcp -m mark --mark 1 -j REDIRECT --to-ports 80'),
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated app/,
  ],
  [
    'nothing is tracked, and nat not asked, where no rule needs it',
    given(
      { ...nat('-A PREROUTING -p tcp -j MARK --set-mark 1'), filter: ['-A INPUT -m mark --mark 1 -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 53)),
    ),
    /^direct app/,
  ],
  [
    'one that no packet meets is enough',
    given(
      {
        ...nat('-A PREROUTING -p tcp -j MARK --set-mark 1', '-N A', '-A A -j REDIRECT'),
        filter: ['-A INPUT -m mark --mark 1 -j DROP'],
      },
      from('eth0', tcpTo('10.244.0.5', 53)),
    ),
    /^dropped/,
  ],
  [
    'but not one that keeps packets from it',
    given(
      {
        ...nat('-A PREROUTING -j MARK --set-mark 1'),
        raw: ['-A OUTPUT -j CT --notrack'],
        filter: ['-A INPUT -m mark --mark 1 -j DROP'],
      },
      from('eth0', tcpTo('10.244.0.5', 53)),
    ),
    /^direct app/,
  ],
  [
    'raw comes before connection tracking: nothing is new there',
    given({ raw: ['-A OUTPUT -p tcp -m conntrack --ctstate NEW -j DROP'] }, tcpTo('203.0.113.10', 80)),
    /^direct peer/,
  ],
  [
    'unless CT has given it a zone: its stand-in for a connection is new',
    given(
      { raw: ['-A OUTPUT -p tcp -j CT --zone 2', '-A OUTPUT -p tcp -m conntrack --ctstate NEW -j DROP'] },
      tcpTo('203.0.113.10', 80),
    ),
    /^dropped/,
  ],
  [
    'and has no mark',
    given(
      { raw: ['-A PREROUTING -p tcp -j CT --zone 2', '-A PREROUTING -p tcp -m connmark --mark 0x0 -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 53)),
    ),
    /^dropped/,
  ],
  [
    'which CONNMARK copies to the packet',
    given(
      {
        raw: [
          '-A OUTPUT -p tcp -j CT --zone 2',
          '-A OUTPUT -p tcp -j MARK --set-mark 3',
          '-A OUTPUT -p tcp -j CONNMARK --restore-mark --mask 1',
          '-A OUTPUT -p tcp -m mark --mark 2 -j DROP',
        ],
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^dropped/,
  ],
  [
    'CT leaves alone what has been seen: loopback brings it by a second time',
    given(
      {
        raw: ['-A PREROUTING -i lo -p tcp -j CT --notrack'],
        filter: ['-A INPUT -m conntrack --ctstate UNTRACKED -j DROP'],
      },
      tcpTo('10.244.0.5', 80),
    ),
    /^direct app/,
  ],
  [
    'an untracked packet has no connection whose mark could differ',
    given(
      { raw: ['-A OUTPUT -p tcp -j CT --notrack'], filter: ['-A OUTPUT -p tcp -m connmark ! --mark 0x1 -j DROP'] },
      tcpTo('203.0.113.10', 80),
    ),
    /^direct peer/,
  ],
  [
    'the answer of a translated connection comes from what was dialled, once it is past POSTROUTING',
    given(
      { ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80'), filter: ['-A INPUT -s 203.0.113.10/32 -p tcp -j DROP'] },
      tcpTo('203.0.113.10', 8080),
    ),
    /^dropped/,
  ],
  [
    'MASQUERADE changes nothing where the source is the interface own address already',
    given(
      { ...nat('-A POSTROUTING -j MASQUERADE'), filter: ['-A INPUT -m conntrack --ctstate SNAT -j DROP'] },
      tcpTo('203.0.113.10', 80),
    ),
    /^direct peer/,
  ],
  [
    'MASQUERADE on loopback takes the address of the first interface',
    given(
      {
        ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80', '-A POSTROUTING -o lo -j MASQUERADE'),
        filter: ['-A INPUT -s 127.0.0.0/8 -p tcp -m tcp --syn -j DROP'],
      },
      tcpTo('127.0.0.2', 8080),
    ),
    /^translated app/,
  ],
  [
    'no SYN-ACK leads out from loopback to a source that SNAT made up',
    given(
      nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80', '-A POSTROUTING -o lo -j SNAT --to-source 203.0.113.11'),
      tcpTo('203.0.113.10', 8080),
    ),
    /^dropped/,
  ],
  [
    'an RST to ::1 is sent by the interface that was reached, and turns round where SNAT is undone',
    given(nat('-A POSTROUTING -j SNAT --to-source ::1'), tcpTo('fd00:10::5', 81)),
    /^refused by pod/,
  ],
  [
    'unless no default route leads out there',
    given(nat('-A POSTROUTING -j SNAT --to-source ::1'), tcpTo('fd00:11::5', 81)),
    /^dropped/,
  ],
  [
    'SNAT in INPUT is undone before the answer is routed',
    given(nat('-A INPUT -p tcp -j SNAT --to-source 203.0.113.11'), from('net1', tcpTo('10.245.0.5', 80))),
    /^direct app/,
  ],
  [
    'a port that lies in the range is kept',
    given(nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 79-90'), tcpTo('203.0.113.10', 80)),
    /^translated app to 127\.0\.0\.1:80 /,
  ],
  [
    'any other becomes the first of the range',
    given(nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80-90'), tcpTo('203.0.113.10', 8080)),
    /^translated app to 127\.0\.0\.1:80 /,
  ],
  [
    'whichever port a random translation takes, nobody listens there',
    given(nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 81-85 --random'), tcpTo('203.0.113.10', 8080)),
    /^refused by pod/,
  ],
  [
    'an answer in another zone is nobody, so it is not translated back',
    given(
      {
        raw: ['-A OUTPUT -p tcp -m tcp --dport 8080 -j CT --zone 1'],
        ...nat('-A OUTPUT -p tcp -j DNAT --to-destination 203.0.113.11:80'),
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^dropped/,
  ],
  [
    "a zone for answers alone loses a datagram's: connection tracking knows it as a first packet the other way round",
    given({ raw: ['-A OUTPUT -p udp --dport 80 -j CT --zone-reply 1'] }, udp(tcpTo('203.0.113.10', 80))),
    /^direct peer unanswered/,
  ],
  [
    'a zone for the one direction alone leaves the other in the common one',
    given(
      {
        raw: ['-A OUTPUT -p tcp -m tcp --dport 8080 -j CT --zone-orig 1'],
        ...nat('-A OUTPUT -p tcp -j DNAT --to-destination 203.0.113.11:80'),
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated peer to 203\.0\.113\.11:80/,
  ],
  [
    'a zone that OUTPUT gives both packets holds on loopback, where nobody gives it again',
    given(
      { raw: ['-A OUTPUT -p tcp -j CT --zone 1'], ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80') },
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated app to 127\.0\.0\.1:80/,
  ],
  [
    'there nobody finds what was dialled, so a listener gets it and knows no way on',
    given(
      { raw: ['-A OUTPUT -p tcp -j CT --zone 1'], ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 15001') },
      tcpTo('203.0.113.10', 8080),
    ),
    /^captured outbound → outbound 127\.0\.0\.1:15001 for 203\.0\.113\.10:8080 from 1000:1000 at 10\.244\.0\.5$/,
  ],
  [
    'nor of a datagram',
    given(
      { raw: ['-A OUTPUT -p udp -j CT --zone 1'], ...nat('-A OUTPUT -p udp -j REDIRECT --to-ports 15001') },
      udp(tcpTo('203.0.113.10', 8080)),
    ),
    /^captured outbound/,
  ],
  [
    'nor of what the proxy itself dials',
    given(
      {
        raw: ['-A OUTPUT -p tcp -m owner --uid-owner 1500 -j CT --zone 1'],
        ...nat(
          '-A OUTPUT -p tcp -m owner --uid-owner 1500 -j REDIRECT --to-ports 15003',
          '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
        ),
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^redirected outbound for .* → inbound 127\.0\.0\.1:15003 for 203\.0\.113\.10:8080 from 1500:0 at 10\.244\.0\.5$/,
  ],
  [
    'in a zone for the way there alone it is found: that asks for the way back',
    given(
      { raw: ['-A OUTPUT -p tcp -j CT --zone-orig 1'], ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 15001') },
      tcpTo('203.0.113.10', 8080, { uid: 1500, gid: 0, groups: [] }),
    ),
    /^looped outbound/,
  ],
  [
    'a listener on every address is no socket to -m socket',
    given(
      { mangle: ['-A PREROUTING -i eth0 -p tcp -m tcp --syn -m socket -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 80)),
    ),
    /^direct app/,
  ],
  [
    'unless that is asked for',
    given(
      { mangle: ['-A PREROUTING -i eth0 -p tcp -m tcp --syn -m socket --nowildcard -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 80)),
    ),
    /^dropped/,
  ],
  [
    'IPv6 calls an own address unicast too; IPv4 does not',
    given(nat('-A OUTPUT -p tcp -m addrtype --dst-type UNICAST -j REDIRECT --to-ports 80'), tcpTo('fd00:10::5', 8080)),
    /^translated app to \[::1\]:80/,
  ],
  [
    'as IPv4 shows',
    given(nat('-A OUTPUT -p tcp -m addrtype --dst-type UNICAST -j REDIRECT --to-ports 80'), tcpTo('10.244.0.5', 8080)),
    /^direct app/,
  ],
  [
    'an own address is not local to loopback, where it goes',
    given(
      nat('-A OUTPUT -o lo -p tcp -m addrtype --dst-type LOCAL --limit-iface-out -j REDIRECT --to-ports 80'),
      tcpTo('10.244.0.5', 8080),
    ),
    /^direct app/,
  ],
  [
    'a rule that decides nothing may ask what nobody knows',
    given(
      nat('-A OUTPUT -p tcp -m recent --set --name x', '-A OUTPUT -p tcp -j REDIRECT --to-ports 80'),
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated app/,
  ],
  [
    'so may one whose target tells somebody else, or sets a header field',
    given(
      {
        raw: ['-A OUTPUT -p tcp -m recent --set --name y -j TRACE'],
        mangle: [
          '-A OUTPUT -p tcp -m tcp --syn -j TCPMSS --set-mss 1200',
          '-A OUTPUT -p tcp -j NFLOG --nflog-group 5',
          '-A OUTPUT -j TTL --ttl-set 7',
          '-A OUTPUT -j DSCP --set-dscp 10',
        ],
        ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80'),
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated app/,
  ],
  [
    'and to connection tracking NOTRACK is what CT --notrack is',
    given(
      { raw: ['-A OUTPUT -p tcp -j NOTRACK'], ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80') },
      tcpTo('203.0.113.10', 8080),
    ),
    /^direct peer/,
  ],
  [
    'none of these has connections tracked where nothing else does',
    given(
      {
        ...nat('-A OUTPUT -p tcp -j NFLOG', '-A OUTPUT -p tcp -j MARK --set-mark 1'),
        filter: ['-A OUTPUT -m mark --mark 1 -j DROP'],
      },
      tcpTo('203.0.113.10', 8080),
    ),
    /^direct peer/,
  ],
  [
    'a hop limit counts for nothing where it is not forwarded',
    given(
      { mangle: ['-A OUTPUT -j TTL --ttl-set 1', '-A PREROUTING -j TTL --ttl-set 1'] },
      tcpTo('203.0.113.10', 8080),
    ),
    /^direct peer/,
  ],
  [
    'the account root is UID 0, whoever else sends',
    given(nat('-A OUTPUT -p tcp -m owner --uid-owner root -j REDIRECT --to-ports 80'), tcpTo('203.0.113.10', 8080)),
    /^direct peer/,
  ],
  [
    'and the group root GID 0, be it a supplementary one where that is asked for',
    given(
      nat('-A OUTPUT -p tcp -m owner --gid-owner root --suppl-groups -j REDIRECT --to-ports 80'),
      tcpTo('203.0.113.10', 8080, { uid: 1000, gid: 1000, groups: [0] }),
    ),
    /^translated app/,
  ],
  [
    'a packet without an owner passes what is negated, whatever the name stands for',
    given(
      { filter: ['-A OUTPUT -p tcp -m owner ! --uid-owner daemon -j DROP'] },
      from('eth0', tcpTo('10.244.0.5', 81)),
    ),
    /^dropped/,
  ],
  [
    'TPROXY drops what no transparent socket takes',
    given(
      { mangle: ['-A PREROUTING -i eth0 -p tcp -j TPROXY --on-port 15003'] },
      from('eth0', tcpTo('10.244.0.5', 80)),
    ),
    /^dropped/,
  ],
  [
    'and gives it to one that does',
    transparent(
      given(
        { mangle: ['-A PREROUTING -i eth0 -p tcp -j TPROXY --on-port 15003'] },
        from('eth0', tcpTo('10.244.0.5', 80)),
      ),
    ),
    /^redirected inbound for 10\.244\.0\.5:80 → inbound 10\.244\.0\.5:15003 .* → app 127\.0\.0\.1:80/,
  ],
  [
    'TPROXY drops an answer too: the client has a socket, and that is not transparent',
    transparent(given({ mangle: ['-A PREROUTING -p tcp -j TPROXY --on-port 15003'] }, tcpTo('203.0.113.10', 80))),
    /^dropped/,
  ],
  ...(['DROP', 'REJECT', 'REJECT --reject-with tcp-reset'] as const).flatMap((target): (typeof cases)[number][] => [
    [
      `nobody accepts a connection whose third packet meets ${target}`,
      given(
        { filter: [`-A OUTPUT -p tcp -m conntrack --ctstate ESTABLISHED -j ${target}`] },
        tcpTo('203.0.113.10', 80),
      ),
      /^dropped/,
    ],
    [
      `nor one of the proxy's own whose third packet meets ${target}`,
      given(
        {
          ...nat('-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'),
          filter: [`-A OUTPUT -d 203.0.113.10/32 -p tcp -m conntrack --ctstate ESTABLISHED -j ${target}`],
        },
        tcpTo('203.0.113.10', 80),
      ),
      /^redirected outbound .* → outbound .* → dropped/,
    ],
    [
      `nor one from outside, on whose way in it meets ${target}`,
      given(
        { filter: [`-A INPUT -i eth0 -p tcp -m conntrack --ctstate ESTABLISHED -j ${target}`] },
        from('eth0', tcpTo('10.244.0.5', 80)),
      ),
      /^dropped/,
    ],
  ]),
  ...['203.0.113.10', '2001:db8::10'].map((address): (typeof cases)[number] => [
    `${familyOf(address)}: where nat calls the answer something else no socket of that name is there, and a listener gets it`,
    transparent(
      given(
        {
          ...nat('-A OUTPUT -p tcp -j DNAT --to-destination :80'),
          mangle: ['-A PREROUTING -p tcp -j TPROXY --on-port 15001'],
        },
        tcpTo(address, 53),
      ),
    ),
    /^dropped/,
  ]),
  [
    'which is why a socket match comes before it',
    transparent(
      given(
        { mangle: ['-A PREROUTING -p tcp -m socket -j ACCEPT', '-A PREROUTING -p tcp -j TPROXY --on-port 15003'] },
        tcpTo('203.0.113.10', 80),
      ),
    ),
    /^direct peer/,
  ],
  [
    'IPv6 does not tell a ping that it was rejected before it left, so the rejection itself is heard',
    given({ filter: ['-A OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j REJECT'] }, ping(tcpTo('2001:db8::10', 0))),
    /^refused by pod/,
  ],
  [
    'a rejection goes through the rules as well',
    given(
      {
        filter: [
          '-A OUTPUT -p tcp -m tcp --dport 53 -j REJECT --reject-with tcp-reset',
          '-A INPUT -p tcp -m tcp --sport 53 -j DROP',
        ],
      },
      tcpTo('203.0.113.10', 53),
    ),
    /^dropped/,
  ],
  [
    'and IPv4 sends none out from a loopback address',
    given(
      { ...nat('-A POSTROUTING -p udp -j SNAT --to-source 203.0.113.10'), filter: ['-A INPUT -p udp -j REJECT'] },
      udp(tcpTo('127.0.0.1', 80)),
    ),
    /^dropped/,
  ],
  ...[udp, ping].map((sent): (typeof cases)[number] => [
    `what a rule would send out from a loopback address is not sent: ${sent(tcpTo('127.0.0.1', 53)).protocol}`,
    given(
      nat(
        '-A OUTPUT -p udp -j DNAT --to-destination 203.0.113.10',
        '-A OUTPUT -p icmp -j DNAT --to-destination 203.0.113.10',
      ),
      sent(tcpTo('127.0.0.1', sent === ping ? 0 : 53)),
    ),
    /^dropped/,
  ]),
  [
    'what the pod forwards and rejects is refused by the pod',
    given(
      { filter: ['-A FORWARD -p tcp -j REJECT'] },
      { ...tcpTo('203.0.113.10', 53), origin: { kind: 'inner' } },
      true,
    ),
    /^refused by pod/,
  ],
  [
    'and what it says goes through its rules, over a bridge too',
    given(
      { filter: ['-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A OUTPUT -o br0 -p tcp -j DROP'] },
      { ...tcpTo('203.0.113.10', 53), origin: { kind: 'inner' } },
      true,
    ),
    /^dropped/,
  ],
]

testBothWorlds(sandbox, cases)

t.test('a loop is seen at its second time through a listener, however many there are', async (t) => {
  const [first, second] = ['203.0.113.10', '203.0.113.11'].map((address) => tcpTo(address, 53)) as [FlowPlan, FlowPlan]
  const { rules } = given(nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'), first)
  const flows = Array.from({ length: 300 }, (_, index) => (index % 2 === 0 ? first : second))
  for (const backend of backends)
    t.same(
      await compareWithKernel(sandbox, backend, { inner: false, rules, flows }),
      { compared: 300, unknown: 0, disagreements: [] },
      backend,
    )
})

t.test(
  'the backends ask nat and security at INPUT in different orders, and where nobody knows which it is nothing is predicted',
  async (t) => {
    const rules = given(
      {
        ...nat('-A INPUT -p tcp -j SNAT --to-source 203.0.113.11'),
        security: ['-A INPUT -s 203.0.113.11/32 -p tcp -m tcp --syn -j DROP'],
      },
      from('eth0', tcpTo('10.244.0.5', 80)),
    )
    for (const [backend, verdict] of [
      ['nft', /^dropped/],
      ['legacy', /^direct app/],
    ] as const) {
      const [prediction] = predictPod(podPlan(backend, rules), { ok: true })
      t.match(prediction && 'predicted' in prediction && inWords(prediction.predicted), verdict, backend)
      const { compared, disagreements } = await compareWithKernel(sandbox, backend, rules)
      t.same([compared, disagreements], [1, []], backend)
    }
    const plan = podPlan('nft', rules)
    const ruleset = lower(loadRules(plan.rules, 'ipv4').tree)
    const [flow] = plan.flows
    t.match(flow && predict(flow, { ipv4: ruleset, ipv6: ruleset }, new NetworkStack(plan.pod)), {
      unknown: /in different orders/,
    })
  },
)

t.test('what nobody can know is not predicted', async (t) => {
  const flow = tcpTo('203.0.113.10', 80)
  const unknown: readonly [rules: Readonly<Record<string, readonly string[]>>, reason: RegExp, flow?: FlowPlan][] = [
    [
      nat('-A OUTPUT -p tcp -m statistic --mode nth --every 2 --packet 0 -j RETURN', '-A OUTPUT -j REDIRECT'),
      /rule 1 of chain OUTPUT leaves it to chance/,
    ],
    [nat('-A OUTPUT -p tcp -m recent --set -j RETURN', '-A OUTPUT -j REDIRECT'), /asks for --set/],
    [
      nat('-A OUTPUT -p tcp -m owner ! --uid-owner proxy -j REDIRECT'),
      /asks for --uid-owner proxy, a name that is looked up where the rules are loaded/,
    ],
    [
      nat('-A OUTPUT -p tcp -m owner --gid-owner proxy -j RETURN', '-A OUTPUT -j REDIRECT'),
      /--gid-owner proxy, a name/,
    ],
    [
      { mangle: ['-A PREROUTING -j TTL --ttl-set 1'], filter: ['-A FORWARD -p tcp -j ACCEPT'] },
      /how far it may still go/,
      { ...flow, origin: { kind: 'inner' } },
    ],
    [nat('-A OUTPUT -p tcp -m recent --set', '-A OUTPUT -p tcp -j ACCEPT'), /no rule that is known here needs that/],
    [nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80-90 --random'), /choose a port from 80 to 90/],
    [nat('-A OUTPUT -p tcp -j DNAT --to-destination 203.0.113.10-203.0.113.11'), /a range of addresses/],
    [
      { raw: ['-A OUTPUT -p tcp -j CT --zone 2', '-A OUTPUT -p tcp -j CONNMARK --set-mark 1'] },
      /what all packets have in common/,
    ],
    [{}, /from a loopback address/, { ...flow, source: { address: '127.0.0.1' } }],
    [{ mangle: ['-A OUTPUT -p tcp -j NFQUEUE'] }, /the target NFQUEUE/],
    [nat('-A OUTPUT -p tcp -m tcp --bad'), /cannot be read: line 2, column 25/],
  ]
  for (const [rules, reason, other = flow] of unknown)
    t.match(
      predictPod(podPlan('nft', given(rules, other, other.origin.kind === 'inner')), { ok: true }),
      [{ unknown: reason }],
      `${reason}`,
    )
  t.match(predictPod(podPlan('nft', given(nat('-A OUTPUT -p udp -m recent --set -j RETURN'), flow)), { ok: true }), [
    { predicted: { verdict: 'direct' } },
  ])
})
