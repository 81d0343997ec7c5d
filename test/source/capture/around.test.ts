import t from 'tap'
import { readCapture } from '../../../harness/source/capture/capture.ts'
import { notesOf, readAs } from './read-as.ts'

const rules = ['*mangle', '-A PREROUTING -p tcp -j MARK --set-xmark 0x1/0x1', 'COMMIT']
const text = (...lines: readonly string[]): string => `${[...rules, ...lines].join('\n')}\n`
const routingOf = (written: string, options = {}) => readCapture(written, options).rulesOf('ipv4', [])?.routing
const standard = ['0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default']
const marked = (more = ''): string[] => [
  standard[0] ?? '',
  `100:\tfrom all fwmark 0x1/0x1 ${more}lookup 77`,
  ...standard.slice(1),
]
const rule = { family: 'ipv4', priority: 100, fwmark: 1, mask: 1, table: 77 }
const route = { family: 'ipv4', table: 77, destination: '0.0.0.0/0', type: 'local', dev: 'lo' }

t.test('policy routing, as ip prints it among rules', async (t) => {
  const forms: readonly (readonly string[])[] = [
    ['$ ip rule', ...marked(), '$ ip route show table 77', 'local default dev lo scope host'],
    ['# ip rule show', ...marked(), '# ip ro ls table 77', 'local 0.0.0.0/0 dev lo scope host '],
    ['root@web-0:/# ip -4 rule list', ...marked(), 'root@web-0:/# ip -4 route list t 77', 'local default dev lo'],
    [
      '$ kubectl exec web-0 -c mesh -- ip ru',
      ...marked('iif eth0 ').map((line) => line.replace('iif eth0 ', '')),
      'local default dev lo table 77',
    ],
    [
      '> $ sudo ip rule',
      ...marked().map((line) => `> ${line}`),
      '> local default dev lo table 77 proto static scope host metric 5',
    ],
    [
      ...marked(),
      '$ nsenter -t 12 -n ip route show table all',
      'default via 10.0.0.1 dev eth0',
      'local default dev lo table 77 scope host',
    ],
    ['$ ip -o rule', ...marked(), '$ ip route show table 77 2>/dev/null', 'local default dev lo scope host'],
  ]
  for (const lines of forms) {
    const { rules: asked, routes } = routingOf(text(...lines)) ?? {}
    t.same({ asked, routes }, { asked: [rule], routes: [route] }, lines.join('\n'))
    t.same(readAs(text(...lines)), ['ipv4 mangle PREROUTING: -p tcp -j MARK --set-xmark 0x1/0x1'])
    t.same(readCapture(text(...lines)).passedOver, [], 'nothing of it is passed over')
  }
  t.same(routingOf(text('$ ip rule', ...standard)), { rules: [], routes: [] }, 'that there is none is said too')
  t.same(routingOf(text()), undefined, 'and that nothing is said')
  t.same(routingOf(text('$ ip -j rule', '[{"priority":0}]')), undefined, 'or in a form that is not read')
  t.same(routingOf(text('$ ip rule', 'nothing')), undefined)
  t.same(routingOf(text('$ ip -6 rule', ...marked())), undefined, "IPv6's rules say nothing of IPv4's")
  t.match(notesOf(text('$ ip rule', ...marked(), 'local default dev lo table 77')), [
    /^assumed/,
    'read beside the rules: 4 rules of policy routing, 1 route',
    /^cleaned/,
  ])
})

t.test('what is not shown of it is not known, and never loaded', async (t) => {
  const unknown: readonly [lines: readonly string[], said: string][] = [
    [['$ ip rule', ...marked()], "line 6: the routes of table 77 are not shown; 'ip route show table 77' prints them"],
    [
      ['$ ip rule', ...marked(), 'local default dev lo'],
      'line 6: the routes of table 77 are not shown, and nothing tells which table the route in line 9 is of',
    ],
    [
      ['$ ip rule', '100: from 10.0.0.0/8 lookup 77', 'local default dev lo table 77'],
      "line 5: 'from 10.0.0.0/8' of ip rule is not modelled",
    ],
    [
      ['$ ip rule', '100: not from all fwmark 0x1 lookup 77', 'local default dev lo table 77'],
      "line 5: 'not' of ip rule is not modelled",
    ],
    [['$ ip rule', '100: from all fwmark 0x1 unreachable'], "line 5: 'unreachable' of ip rule is not modelled"],
    [
      ['$ ip rule', '9: from all fwmark 0x1 lookup 77', '100: from all lookup local', 'local default dev lo table 77'],
      'line 5: this rule is asked before those for the pod itself, which is not modelled',
    ],
    [
      ['$ ip rule', ...marked(), 'unreachable default table 77'],
      'line 6: the route in line 9 of table 77 is not modelled',
    ],
  ]
  for (const [lines, said] of unknown) {
    const capture = readCapture(text(...lines))
    t.same(capture.unsaid, [said])
    t.ok(capture.notes.includes(`not known: ${said}`))
    t.equal(routingOf(text(...lines))?.rules?.[0]?.unknown, said.slice(said.indexOf(':') + 2))
    t.same(routingOf(text(...lines), { complete: true })?.rules, [], 'or left out, where that is asked for')
    t.ok(notesOf(text(...lines), { complete: true }).includes(`assumed: ${said}; the rule is left out`))
  }
  t.same(
    routingOf(text('$ ip rule', ...marked(), '$ ip route show table 77')),
    { rules: [rule], routes: [] },
    'a table that is shown, and empty',
  )
  t.same(
    routingOf(
      text(
        '$ ip rule',
        '50: from all iif gone [detached] lookup 5',
        '1000: from all lookup [l3mdev-table]',
        ...standard,
      ),
    ),
    {
      rules: [],
      routes: [],
    },
  )
  t.match(notesOf(text('$ ip route show table 77', 'local default dev lo'))[1], /^read beside/)
  t.ok(
    notesOf(text('$ ip route show table 77', 'local default dev lo')).includes(
      "not known: which rules look up table 77 of ipv4; 'ip rule' prints them",
    ),
  )
  t.throws(() => readCapture(text(...marked(), '', ...marked())), {
    message: /^line 4|line 9.*nothing tells whose these rules of policy routing are/,
  })
})

t.test('addresses, in every form that ip and ifconfig have', async (t) => {
  const forms: readonly (readonly string[])[] = [
    [
      '$ ip addr',
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '    inet 127.0.0.1/8 scope host lo',
      '       valid_lft forever preferred_lft forever',
      '    inet6 ::6/128 scope global ',
      '    inet6 ::1/128 scope host ',
      '2: eth0@if9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP ',
      '    link/ether 02:00:00:00:00:09 brd ff:ff:ff:ff:ff:ff link-netnsid 0',
      '    inet 10.2.0.9/16 brd 10.2.255.255 scope global eth0',
      '    inet6 fd02::9/64 scope global nodad ',
      '    inet6 fe80::9/64 scope link ',
    ],
    [
      '$ ip -br a',
      'lo               UNKNOWN        127.0.0.1/8 ::6/128 ::1/128 ',
      'eth0@if9         UP             10.2.0.9/16 fd02::9/64 fe80::9/64 ',
    ],
    [
      '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
      '1: lo    inet6 ::6/128 scope global \\       valid_lft forever preferred_lft forever',
      '2: eth0    inet 10.2.0.9/16 brd 10.2.255.255 scope global eth0\\       valid_lft forever preferred_lft forever',
      '2: eth0    inet6 fd02::9/64 scope global \\       valid_lft forever preferred_lft forever',
    ],
    [
      '$ ifconfig',
      'eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500',
      '        inet 10.2.0.9  netmask 255.255.0.0  broadcast 10.2.255.255',
      '        inet6 fd02::9  prefixlen 64  scopeid 0x0<global>',
      '        ether 02:00:00:00:00:09  txqueuelen 0  (Ethernet)',
      '        RX packets 1  bytes 2 (2.0 B)',
      '',
      'lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536',
      '        inet 127.0.0.1  netmask 255.0.0.0',
      '        inet6 ::6  prefixlen 128  scopeid 0x0<global>',
    ],
    [
      '$ ifconfig -a',
      'eth0      Link encap:Ethernet  HWaddr 02:00:00:00:00:09  ',
      '          inet addr:10.2.0.9  Bcast:10.2.255.255  Mask:255.255.0.0',
      '          inet6 addr: fd02::9/64 Scope:Global',
      '          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1',
      '          RX packets:1 errors:0 dropped:0 overruns:0 frame:0',
      '',
      'lo        Link encap:Local Loopback  ',
      '          inet addr:127.0.0.1  Mask:255.0.0.0',
      '          inet6 addr: ::6/128 Scope:Global',
    ],
  ]
  for (const lines of forms) {
    const capture = readCapture(text(...lines))
    t.same(capture.pod.interfaces, [{ name: 'eth0', addresses: ['10.2.0.9/16', 'fd02::9/64'] }], lines.join('\n'))
    t.same(capture.passedOver, [])
    t.same(capture.rulesOf('ipv4', [])?.routing, { loopbackAddresses: [] }, "IPv4's has none of its own")
  }
  const both = ['*mangle', '-A INPUT -s ::7/128 -j ACCEPT', 'COMMIT', ...(forms[1] ?? [])].join('\n')
  t.same(readCapture(both).rulesOf('ipv6', [])?.routing, { loopbackAddresses: ['::6'] })
})

t.test("the kernel's own tables of sockets", async (t) => {
  // A node of ARM or x86, as cat prints them.
  const heading = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
  const row = (number: number, ends: string, uid: number): string =>
    `   ${number}: ${ends} 00000000:00000000 00:00000000 00000000 ${uid.toString().padStart(5)}        0 1570 1 000000004d9496d8 100 0 0 10 0`
  const any = '00000000000000000000000000000000'
  const tables = {
    tcp: [row(0, '0100007F:3A98 00000000:0000 0A', 1337), row(1, '0502000A:9858 0902000A:01BB 01', 1000)],
    tcp6: [row(0, `${any}:1F90 ${any}:0000 0A`, 0), row(1, `0000000000000000FFFF00000100007F:1F91 ${any}:0000 0A`, 7)],
    udp: [row(17, '00000000:0035 00000000:0000 07', 1000), row(18, '0502000A:0044 0902000A:0043 01', 0)],
    udp6: [row(17, `000000FD000000000000000005000000:0036 ${any}:0000 07`, 0)],
  }
  const listeners = [
    { protocol: 'tcp', address: '127.0.0.1', port: 15000, uid: 1337 },
    { protocol: 'tcp', address: '::', port: 8080, uid: 0 },
    { protocol: 'tcp', address: '127.0.0.1', port: 8081, uid: 7 },
    { protocol: 'udp', address: '0.0.0.0', port: 53, uid: 1000 },
    { protocol: 'udp', address: 'fd00::5', port: 54, uid: 0 },
  ]
  const all = Object.entries(tables).flatMap(([name, rows]) => [`$ cat /proc/net/${name}`, heading, ...rows])
  const asked = readCapture(text(...all))
  t.same(asked.pod.listeners, listeners)
  t.same(asked.passedOver, [])
  t.same(readCapture(text(...all.filter((line) => !line.startsWith('$')))).pod.listeners, listeners, 'as they are')
  const one = ['# kubectl exec pod -- cat /proc/1/net/tcp', heading, row(0, '00000000:0050 00000000:0000 0A', 0)]
  t.same(
    readCapture(text(...all, ...one)).pod.listeners,
    [...listeners.slice(1), { protocol: 'tcp', address: '0.0.0.0', port: 80, uid: 0 }],
    'a later state of one of them',
  )
  const raw = ['$ cat /proc/net/raw', heading, row(1, '00000000:0001 00000000:0000 07', 0)]
  t.same(readCapture(text(...raw)).pod.listeners, undefined)
  t.same(readCapture(text(...raw)).passedOver, [])
})

t.test('what two commands show of sockets', async (t) => {
  const tcp = ['$ ss -lnt', 'LISTEN 0 128 *:8080 *:*']
  const udp = ['$ ss -lnu', 'UNCONN 0 0 0.0.0.0:53 0.0.0.0:*']
  const ports = (...lines: readonly string[]) => readCapture(text(...lines)).pod.listeners?.map(({ port }) => port)
  t.same(ports(...tcp, ...udp), [8080, 53])
  t.same(ports(...tcp, ...udp, '$ netstat --tcp -ln', 'tcp 0 0 0.0.0.0:81 0.0.0.0:* LISTEN'), [53, 81])
  t.same(ports(...tcp, ...udp, '$ ss -ln4', 'tcp LISTEN 0 128 0.0.0.0:82 0.0.0.0:*'), [8080, 82])
  t.same(ports(...tcp, ...udp, '$ ss -ln'), [])
})

t.test('listeners, sysctls and gateways', async (t) => {
  const listeners = [
    { protocol: 'tcp', address: '127.0.0.1', port: 15000, program: 'envoy' },
    { protocol: 'tcp', address: '*', port: 8080 },
    { protocol: 'udp', address: '::', port: 53 },
  ]
  const ss = [
    '$ ss -lntup',
    'Netid  State   Recv-Q  Send-Q   Local Address:Port    Peer Address:Port  Process',
    'udp    UNCONN  0       0                 [::]:53              [::]:*      ',
    'tcp    LISTEN  0       4096         127.0.0.1:15000        0.0.0.0:*      users:(("envoy",pid=7,fd=9))',
    'tcp    LISTEN  0       128                  *:8080               *:*      ',
  ]
  const netstat = [
    '$ netstat -lntup',
    'Active Internet connections (only servers)',
    'Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ',
    'tcp        0      0 127.0.0.1:15000         0.0.0.0:*               LISTEN      7/envoy             ',
    'tcp6       0      0 :::8080                 :::*                    LISTEN      -                   ',
    'udp6       0      0 :::53                   :::*                                -                   ',
    'tcp        0      0 10.0.0.5:39000          10.0.0.9:443            ESTABLISHED -                   ',
  ]
  const by = (written: string) => readCapture(written).pod.listeners?.toSorted((a, b) => b.port - a.port)
  t.same(by(text(...ss)), [...listeners.slice(0, 2), { ...listeners[2], isIPv6Alone: true }])
  t.same(by(text(...netstat)), [listeners[0], { ...listeners[1], address: '::' }, listeners[2]])
  t.same(readCapture(text(...ss, ...netstat)).passedOver, [])
  const others = [
    '$ sysctl -a',
    'net.ipv4.conf.all.route_localnet = 1',
    'net.ipv4.ip_forward=0',
    '/proc/sys/net/ipv4/conf/eth0.7/rp_filter:2',
    '$ ip route',
    'default via 10.2.0.1 dev eth0 proto static',
    '10.2.0.0/16 dev eth0 proto kernel scope link src 10.2.0.9 metric 100',
  ]
  const { pod, passedOver } = readCapture(text(...others))
  t.same(
    [...pod.sysctls],
    [
      ['net.ipv4.conf.all.route_localnet', '1'],
      ['net.ipv4.ip_forward', '0'],
      ['net.ipv4.conf.eth0/7.rp_filter', '2'],
    ],
  )
  t.same(pod.gateways, { ipv4: '10.2.0.1' })
  t.same(passedOver, [])
  const script = [
    '#!/bin/sh',
    'sysctl -w net.ipv4.conf.all.route_localnet=1',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    'iptables -A INPUT -j ACCEPT',
  ]
  t.same(
    [...readCapture(script.join('\n')).pod.sysctls],
    [
      ['net.ipv4.conf.all.route_localnet', '1'],
      ['net.ipv4.ip_forward', '1'],
    ],
  )
})

t.test('prose about these programs is none of their output', async (t) => {
  for (const line of [
    'ip rule looks right to me',
    'ss output: nothing listens',
    'the default via 10.0.0.1 is there',
    '10.0.0.1 is the gateway',
    '1: it works',
    'default',
  ]) {
    const { passedOver, pod, notes } = readCapture(text(line))
    t.same(passedOver, [{ line: 4, text: line }])
    t.same([pod.interfaces, pod.listeners, pod.gateways], [undefined, undefined, {}])
    t.notOk(notes.some((note) => note.startsWith('read beside')))
  }
  t.same(
    readCapture(
      text('$ ip route get 203.0.113.1', '203.0.113.1 via 10.9.0.1 dev eth0 src 10.9.0.5 uid 0 ', '    cache'),
    ).pod.gateways,
    {},
  )
})
