/** Those who see what no socket accepts: echo requests, and packets on the way to a peer. */
export const watchers = `def watch_echoes(at):
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
`
