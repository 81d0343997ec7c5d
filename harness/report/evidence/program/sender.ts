/**
 * Who sends the one flow. Whom a socket is of is who has opened it (xt_owner), and only root may mark it: what is marked
 * is opened with another effective UID than the process's own.
 */
export const sender = String.raw`def marked(opened, who, mark):
    os.setgroups(who['groups'])
    os.setresgid(who['gid'], who['gid'], who['gid'])
    os.seteuid(who['uid'])
    client = opened()
    os.seteuid(0)
    client.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
    become(who)
    return client


def send():
    destination, protocol = flow['destination'], flow['protocol']
    family = family_of(destination[0])
    kind = socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM
    echo = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    def opened():
        return socket.socket(family, kind, echo if protocol == 'icmp' else 0)
    client = opened() if flow['mark'] is None else marked(opened, flow['who'], flow['mark'])
    if flow['tos']:
        client.setsockopt(*((socket.IPPROTO_IPV6, IPV6_TCLASS) if family == socket.AF_INET6 else (socket.IPPROTO_IP, socket.IP_TOS)), flow['tos'])
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
`
