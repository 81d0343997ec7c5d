/** Those who listen: applications, peers, and the proxy, which dials on. */
export const servers = `class Proxy:
    """Dials on what a listener accepts, and knows its own dials by their source ports."""

    def __init__(self, routing):
        self.services = {tuple(s['at']): s['to'] for s in routing['services']}
        self.own_ports, self.own = routing['ownPorts'], routing['podAddresses'] + ['127.0.0.1', '::1']
        self.ports = (port for r in routing['dialPorts'] for port in range(r['first'], r['last'] + 1))
        self.inbound, self.through, self.open = routing['dialsOn']['inbound'], {}, []
        self.both = routing['dialsOn'].get('own') == 'loopback'

    def is_service_port(self, port):
        here = [to[1] for to in self.services.values() if to[0] in self.own or to[0].startswith('127.')]
        return self.inbound.get('servicePorts') == 'loopback' and port in here

    def accept(self, at, captures, connection, source, destination):
        through = self.through.get(source[1], [])
        if at in through:
            tell(event='looped', at=at)
            return connection.close()
        to = self.services.get(tuple(destination), destination)
        is_v6, bound = ':' in destination[0], None
        if captures == 'outbound' and self.both and to == destination and to[0] in self.own:
            to = ['::1' if is_v6 else '127.0.0.1', destination[1]]
        if captures == 'inbound':
            if self.inbound == 'loopback' or self.is_service_port(destination[1]):
                to = ['::1' if is_v6 else '127.0.0.1', destination[1]]
            else:
                to, bound = destination, self.inbound['from']['ipv6' if is_v6 else 'ipv4']
        if to[1] in self.own_ports and to[0] in self.own:
            tell(event='note', text='the proxy would dial itself at ' + text(to))
            return connection.close()
        onward = socket.socket(family_of(to[0]), socket.SOCK_STREAM)
        onward.setblocking(False)
        for port in self.ports:
            try:
                onward.bind((bound or ('::' if ':' in to[0] else '0.0.0.0'), port))
                break
            except OSError:
                continue
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
                    tell(event='arrived', at=listener['at'], captures=listener['captures'], source=plain(sender), local=plain(server.getsockname()))
                    server.sendto(data, sender)
                    continue
                connection, sender = server.accept()
            except OSError:
                continue
            source, local = plain(sender), plain(connection.getsockname())
            dialled = original(connection, local)
            tell(event='arrived', at=listener['at'], captures=listener['captures'], source=source, local=local, original=dialled)
            if proxy and listener.get('passesOn'):
                proxy.accept(listener['at'], listener['passesOn'], connection, source, dialled or local)
            else:
                kept.append(connection)
`
