/** What all parts of the program need: the plan, its processes and namespaces, addresses. */
export const basics = String.raw`import ctypes, json, os, select, selectors, socket, struct, subprocess, sys

SO_BINDTODEVICE, SO_ORIGINAL_DST, SO_MARK, IPV6_TCLASS, CLONE_NEWNET, PACKET_OUTGOING = 25, 80, 36, 67, 0x40000000, 4
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
`
