/** Whether a namespace carries packets yet. */
export const network = `RTMGRP_LINK, RTMGRP_IPV6_ROUTE = 1, 0x400


def await_network(links, addresses):
    """Until links are up and IPv6 addresses the namespace's own, packets are dropped; the kernel tells of every change."""
    changes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    changes.bind((0, RTMGRP_LINK | RTMGRP_IPV6_ROUTE))

    def says(words, *command):
        return words in subprocess.check_output(('ip', '-o') + command).decode() + ' '

    def is_up(link):
        return says(' state UP ', 'link', 'show', 'dev', link)

    def is_own(address):
        text = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))
        return says('local %s ' % text, '-6', 'route', 'show', 'table', 'local')

    while not (all(map(is_up, links)) and all(map(is_own, addresses))):
        changes.recv(65536)
    tell(event='ready')`
