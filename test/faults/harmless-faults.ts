import {
  appended,
  deleted,
  movedBefore,
  movedLast,
  negated,
  plus,
  prepended,
  reworded,
  targeted,
  valued,
  without,
} from './edit.ts'
import { type HarmlessFault, harmlessFaultsOf } from './fault.ts'
import {
  excludedInterface,
  exempt,
  inbound,
  included,
  inboundPort,
  loopback,
  oneAddress,
  otherLoopback,
  outbound,
  outboundPort,
  ownAddress,
  podIp,
  proxyUid,
  proxyUidOnLo,
  reservedElsewhere,
  selfCall,
} from './promises.ts'

const accepted = [
  'ACCEPT',
  targeted('ACCEPT'),
  'no rule stands behind the jump into this chain, so leaving it ends the hook, too',
] as const
const oneUser = "the rule for the proxy's own calls and this one speak of different UIDs"
const dead = 'it stands behind a redirection of all TCP, so no packet gets there'
const decidedBefore = 'whatever goes to 127.0.0.1 leaves by lo, and of that every UID is decided before'

/** Faults of osm@1.2 that change no packet's way: what the rules' text holds twice, or for nothing. */
export const harmlessFaults: readonly HarmlessFault[] = [
  ...harmlessFaultsOf(
    'PREROUTING -p tcp -j OSM_PROXY_INBOUND',
    [inbound, exempt],
    [
      ['for every protocol', without('-p'), 'every rule behind it either says TCP itself or leaves alone'],
      ['inserted', prepended, 'it is the only rule in PREROUTING'],
      ['goto', reworded('-j', '-g'), 'no rule stands behind it to come back to'],
    ],
  ),
  ...[15010, 15901, 15902, 15903].flatMap((port) =>
    harmlessFaultsOf(
      `OSM_PROXY_INBOUND -p tcp --dport ${port} -j RETURN`,
      [exempt],
      [accepted, ['inserted', prepended, 'the exempt ports do not depend on each other']],
    ),
  ),
  ...harmlessFaultsOf(
    'OSM_PROXY_INBOUND -p tcp --dport 15901 -j RETURN',
    [exempt],
    [['and the port above', valued('--dport', () => '15901:15902'), '15902 is exempt itself']],
  ),
  ...harmlessFaultsOf(
    'OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT',
    [inbound, exempt],
    [
      ['for every protocol', without('-p'), 'the jumps before and the redirection behind say TCP'],
      ['goto', reworded('-j', '-g'), 'it is the last rule of its chain'],
    ],
  ),
  ...harmlessFaultsOf('OSM_PROXY_INBOUND -i * -j RETURN', [excludedInterface], [accepted]),
  ...harmlessFaultsOf('OSM_PROXY_INBOUND -p tcp --dports * -j RETURN', [inboundPort], [accepted]),
  ...harmlessFaultsOf(
    'OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001',
    [outbound, reservedElsewhere],
    [['inserted', prepended, 'it is the first rule of its chain']],
  ),
  ...harmlessFaultsOf(
    'OSM_PROXY_OUT_REDIRECT -p tcp --dport 15000 -j ACCEPT',
    [outbound, reservedElsewhere],
    [
      ['deleted', deleted, dead],
      ['every port', without('--dport'), dead],
      ['all other ports', negated('--dport'), dead],
      ['one port up', valued('--dport', plus(1)), dead],
      ['for UDP', valued('-p', () => 'udp'), dead],
      ['RETURN', targeted('RETURN'), dead],
    ],
  ),
  ...harmlessFaultsOf(
    'OUTPUT -p tcp -j OSM_PROXY_OUTBOUND',
    [outbound, ownAddress, podIp],
    [
      ['for every protocol', without('-p'), 'every rule behind it either says TCP itself, or leaves alone'],
      ['inserted', prepended, "PodIP mode's rule is inserted after it and stands before it either way"],
      ['goto', reworded('-j', '-g'), 'no rule stands behind it to come back to'],
    ],
  ),
  ...harmlessFaultsOf(
    'OSM_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 --uid-owner 1500 -j OSM_PROXY_IN_REDIRECT',
    [ownAddress, selfCall, proxyUidOnLo],
    [['behind the rule for applications on lo', movedBefore('OSM_PROXY_OUTBOUND --uid-owner 1500 -j RETURN'), oneUser]],
  ),
  ...harmlessFaultsOf(
    'OSM_PROXY_OUTBOUND -o lo ! --uid-owner 1500 -j RETURN',
    [ownAddress, loopback, otherLoopback, proxyUidOnLo],
    [
      [
        'everybody',
        without('--uid-owner'),
        "of the proxy's calls on lo only those to 127.0.0.1 are left, and they are exempt anyway",
      ],
      ['inserted', prepended, oneUser],
      ["behind the proxy's exemption", movedBefore('OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN'), oneUser],
      accepted,
    ],
  ),
  ...harmlessFaultsOf('OSM_PROXY_OUTBOUND --uid-owner 1500 -j RETURN', [outbound, proxyUid, podIp], [accepted]),
  ...harmlessFaultsOf(
    'OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN',
    [loopback, otherLoopback, podIp],
    [
      ['deleted', deleted, decidedBefore],
      ['another address', valued('-d', () => '127.0.0.2/32'), decidedBefore],
      ['the loopback network', valued('-d', () => '127.0.0.0/8'), decidedBefore],
      ['to the outbound listener', targeted('OSM_PROXY_OUT_REDIRECT'), decidedBefore],
      ['to the inbound listener', targeted('OSM_PROXY_IN_REDIRECT'), decidedBefore],
      ['behind the capture', movedLast, decidedBefore],
      ['inserted', prepended, "the proxy's own calls say themselves that 127.0.0.1 is none"],
      accepted,
    ],
  ),
  ...harmlessFaultsOf(
    'OUTPUT -p tcp -o lo -d 127.0.0.1/32 --uid-owner 1500 -j DNAT --to-destination $POD_IP',
    [podIp],
    [
      ['on every interface', without('-o'), '127.0.0.1 is on lo alone'],
      ['appended', appended, 'what the proxy sends to 127.0.0.1 comes back from the outbound chain untouched'],
    ],
  ),
  ...harmlessFaultsOf('OSM_PROXY_OUTBOUND -o * -j RETURN', [excludedInterface], [accepted]),
  ...harmlessFaultsOf('OSM_PROXY_OUTBOUND -d * -j RETURN', [oneAddress], [accepted]),
  ...harmlessFaultsOf('OSM_PROXY_OUTBOUND -p tcp --dports * -j RETURN', [outboundPort], [accepted]),
  ...harmlessFaultsOf(
    'OSM_PROXY_OUTBOUND -j RETURN',
    [included],
    [['deleted', deleted, 'a chain returns at its end'], accepted],
  ),
  ...harmlessFaultsOf(
    'OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT',
    [outbound],
    [['goto', reworded('-j', '-g'), 'it is the last rule of its chain']],
  ),
]
