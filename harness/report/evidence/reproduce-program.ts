/**
 * What `reproduce.sh` runs once its namespaces stand: opens what listened, sends the one flow, and says who got it. Python, since
 * it is what most machines have that can read SO_ORIGINAL_DST and become a UID. It shares no code with the agent.
 */
export const reproduceProgram = String.raw`import ctypes, json, os, select, selectors, socket, struct, sys

SO_BINDTODEVICE, SO_ORIGINAL_DST, CLONE_NEWNET, PACKET_OUTGOING = 25, 80, 0x40000000, 4
PATIENCE, QUIET = 3.0, 1.0
NONCE = os.urandom(16)
plan = json.load(open(sys.argv[1]))
flow = plan['flow']
libc = ctypes.CDLL(None, use_errno=True)
reading, writing = os.pipe()


def tell(**event):
    os.write(writing, (json.dumps(event) + '\n').encode())


def enter(namespace):
    if namespace is None:
        return
    with open('/run/netns/' + namespace) as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns ' + namespace)


def become(who):
    os.setgroups(who['groups'])
    os.setresgid(who['gid'], who['gid'], who['gid'])
    os.setresuid(who['uid'], who['uid'], who['uid'])


def start(namespace, who, work, *args):
    if os.fork() != 0:
        return
    try:
        enter(namespace)
        if who is not None:
            become(who)
        work(*args)
    except Exception as error:
        tell(event='failed', why='%s: %s' % (work.__name__, error))
    os._exit(1)


def plain(address):
    host = address[0].split('%')[0]
    return [host[7:] if host.startswith('::ffff:') else host, address[1]]


def family_of(host):
    return socket.AF_INET6 if ':' in host else socket.AF_INET


def text(address):
    return ('[%s]:%d' if ':' in address[0] else '%s:%d') % tuple(address)


def original(connection, local):
    try:
        if ':' in local[0]:
            raw = connection.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28)
            return [socket.inet_ntop(socket.AF_INET6, raw[8:24]), struct.unpack('!H', raw[2:4])[0]]
        raw = connection.getsockopt(socket.IPPROTO_IP, SO_ORIGINAL_DST, 16)
        return [socket.inet_ntop(socket.AF_INET, raw[4:8]), struct.unpack('!H', raw[2:4])[0]]
    except OSError:
        return None


class Proxy:
    """Dials on what a listener accepts, and knows its own dials by their source ports."""

    def __init__(self, routing):
        self.services = {tuple(s['at']): s['to'] for s in routing['services']}
        self.own_ports, self.own = routing['ownPorts'], routing['podAddresses'] + ['127.0.0.1', '::1']
        self.through, self.open = {}, []

    def accept(self, at, connection, source, destination):
        through = self.through.get(source[1], [])
        if at in through:
            tell(event='looped', at=at)
            return connection.close()
        to = self.services.get(tuple(destination), destination)
        if at == 'inbound':
            to = ['::1' if ':' in destination[0] else '127.0.0.1', destination[1]]
        if to[1] in self.own_ports and to[0] in self.own:
            tell(event='note', text='the proxy would dial itself at ' + text(to))
            return connection.close()
        onward = socket.socket(family_of(to[0]), socket.SOCK_STREAM)
        onward.setblocking(False)
        onward.bind(('::' if ':' in to[0] else '0.0.0.0', 0))
        self.through[onward.getsockname()[1]] = through + [at]
        self.open += [connection, onward]
        onward.connect_ex(tuple(to))


def serve(listeners, routing):
    selector, kept = selectors.DefaultSelector(), []
    proxy = Proxy(routing) if routing else None
    for listener in listeners:
        is_tcp, family = listener['protocol'] == 'tcp', family_of(listener['address'])
        server = socket.socket(family, socket.SOCK_STREAM if is_tcp else socket.SOCK_DGRAM)
        if is_tcp:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            both = is_tcp and listener['address'] == '::'
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if both else 1)
        server.bind((listener['address'], listener['port']))
        if is_tcp:
            server.listen(64)
        server.setblocking(False)
        selector.register(server, selectors.EVENT_READ, listener)
    tell(event='ready')
    while True:
        for key, _ in selector.select():
            server, listener = key.fileobj, key.data
            try:
                if listener['protocol'] == 'udp':
                    data, sender = server.recvfrom(2048)
                    tell(event='arrived', at=listener['at'], source=plain(sender), local=plain(server.getsockname()))
                    server.sendto(data, sender)
                    continue
                connection, sender = server.accept()
            except OSError:
                continue
            source, local = plain(sender), plain(connection.getsockname())
            dialled = original(connection, local) or local
            tell(event='arrived', at=listener['at'], source=source, local=local, original=dialled)
            if proxy and listener['at'] in ('outbound', 'inbound'):
                proxy.accept(listener['at'], connection, source, dialled)
            else:
                kept.append(connection)


def watch_echoes(at):
    """The kernel answers echo requests without telling anybody but raw sockets."""
    four = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    six = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    tell(event='ready')
    while True:
        for ready in select.select([four, six], [], [])[0]:
            data, control, _, sender = ready.recvmsg(2048, 256)
            if ready is four:
                header = (data[0] & 15) * 4
                kind, local = data[header], socket.inet_ntop(socket.AF_INET, data[16:20])
            else:
                kind = data[0]
                local = next((socket.inet_ntop(socket.AF_INET6, c[2][:16]) for c in control if c[1] == socket.IPV6_PKTINFO), '')
            if NONCE in data and kind == (8 if ready is four else 128):
                tell(event='arrived', at=at, source=plain(sender), local=[local, 0])


def watch_peer():
    """Whether a packet of the flow's has come as far as a peer's interface."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    tell(event='ready')
    while True:
        data, address = link.recvfrom(65535)
        if address[2] == PACKET_OUTGOING or len(data) < 54:
            continue
        if address[1] == 0x0800:
            protocol, ports = data[23], 14 + (data[14] & 15) * 4
        elif address[1] == 0x86DD:
            protocol, ports = data[20], 54
        else:
            continue
        if protocol in (6, 17):
            tell(event='seen', port=struct.unpack('!H', data[ports:ports + 2])[0])
        elif NONCE in data and data[ports] in (8, 128):
            # An echo request, and no error that quotes what the peer itself has sent.
            tell(event='seen', port=0)


def send():
    destination, protocol = flow['destination'], flow['protocol']
    family = family_of(destination[0])
    kind = socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM
    echo = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    client = socket.socket(family, kind, echo if protocol == 'icmp' else 0)
    if protocol != 'tcp':
        client.setsockopt(*((socket.IPPROTO_IPV6, 25) if family == socket.AF_INET6 else (socket.IPPROTO_IP, 11)), 1)
    if flow.get('bindToDevice'):
        client.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, flow['bindToDevice'].encode() + b'\0')
    if protocol != 'icmp' or flow['source'][0] not in ('0.0.0.0', '::'):
        client.bind((flow['source'][0], 0 if protocol == 'icmp' else flow['source'][1]))
    client.settimeout(PATIENCE)
    print('running as', ' '.join(l for l in open('/proc/self/status').read().replace('\t', ' ').split('\n') if l[:4] in ('Uid:', 'Gid:', 'Grou')), flush=True)
    try:
        client.connect(tuple(destination))
        if protocol != 'tcp':
            head = bytes([128 if family == socket.AF_INET6 else 8, 0, 0, 0, 0, 1, 0, 1]) if protocol == 'icmp' else b''
            client.send(head + NONCE)
            client.recv(2048)
        tell(event='answered')
    except socket.timeout:
        tell(event='silence')
    except OSError as error:
        tell(event='error', name=os.strerror(error.errno or 0), code=error.errno)
    os._exit(0)


def events(patience):
    """What is told, until that is nothing for so long; patience() says how long by now."""
    buffer = b''
    while select.select([reading], [], [], patience())[0]:
        buffer += os.read(reading, 65536)
        *lines, buffer = buffer.split(b'\n')
        for line in lines:
            yield json.loads(line)


def verdict(arrivals, looped, end, seen):
    dialled = flow['destination']
    if looped:
        return 'looped'
    if arrivals:
        first = arrivals[0]
        at, untranslated = first['at'], first['local'] == dialled
        if at in ('outbound', 'inbound'):
            return 'direct envoy-' + at if untranslated else 'redirected ' + at
        return 'direct ' + at if untranslated else 'translated ' + text(first['local'])
    if end['event'] == 'error' and end['code'] != 1:
        return 'refused ' + ('peer' if seen else 'pod')
    return 'dropped' if end['event'] in ('silence', 'error') else 'answered by nobody known'


def main():
    starts = [(g['namespace'], g['who'], serve, g['listeners'], g.get('routing')) for g in plan['servers']]
    starts += [(None, None, watch_echoes, 'app')] + [(p, None, watch_echoes, 'peer') for p in plan['peers']]
    starts += [(p, None, watch_peer) for p in plan['peers']]
    for each in starts:
        start(*each)
    waiting = len(starts)
    for event in events(lambda: 10):
        if event['event'] == 'failed':
            sys.exit('cannot be set up here: ' + event['why'])
        waiting -= event['event'] == 'ready'
        if waiting == 0:
            break
    else:
        sys.exit('cannot be set up here: nobody listens')
    start(flow['namespace'], flow['who'], send)
    arrivals, looped, end, seen = [], False, None, False
    # Once somebody has it and the sender is through, only what the proxy dials on to is still to come.
    for event in events(lambda: QUIET if end and (arrivals or end['event'] != 'answered') else PATIENCE + QUIET):
        kind = event['event']
        if kind == 'failed':
            sys.exit('the flow cannot be sent: ' + event['why'])
        if kind == 'arrived':
            arrivals.append(event)
            dialled = ', which had been sent to ' + text(event['original']) if event.get('original', event['local']) != event['local'] else ''
            print('received by %s at %s%s' % (event['at'], text(event['local']), dialled))
        elif kind == 'looped':
            looped = True
            print('received a second time by the proxy: ' + event['at'])
        elif kind == 'seen':
            seen = seen or event['port'] in (0, flow['source'][1])
        elif kind == 'note':
            print(event['text'])
        else:
            end = event
            print('the sender: ' + event.get('name', 'no answer' if kind == 'silence' else kind))
    found = verdict(arrivals, looped, end or {'event': 'silence'}, seen)
    print('verdict: ' + found)
    print('Sidetrack observed: ' + plan['observed'])
    sys.stdout.flush()
    os._exit(0 if found == plan['observed'] else 1)


main()
`
