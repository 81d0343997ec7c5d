"""A second builder of Istio 1.31's rules, written from what it promises and sharing nothing with the first one.

It reads one sidetrack.config/1 object on standard input and prints what iptables-restore loads, in the form of iptables-save.
"""

import ipaddress
import json
import sys

TRAFFIC = 'traffic.sidecar.istio.io/'
EXEMPT = ['15090', '15021']


def words(text):
    """A comma list; what is empty does not count."""
    return [word.strip() for word in text.split(',') if word.strip()]


def proxy_config(text):
    """The two fields of a ProxyConfig that matter: `key: value`, and a map by indentation."""
    fields, within = {}, None
    for line in text.splitlines():
        if not line.strip():
            continue
        key, value = (part.strip().strip('"') for part in line.split(':', 1))
        if line[0] == ' ':
            fields[within][key] = value
        else:
            within = key
            fields[key] = value if value else {}
    return fields


class Pod:
    """What mesh and pod say together."""

    def __init__(self, request):
        config, notes = request['config'], request['podAnnotations']
        own = proxy_config(notes.get('proxy.istio.io/config', ''))
        variables = {**config.get('proxyMetadata', {}), **own.get('proxyMetadata', {})}
        is_on = lambda name: variables.get(name) in ('1', 't', 'T', 'true', 'TRUE', 'True')
        by_cni = config.get('cni', False)

        def said(field, default, note=None, empty_counts=True):
            annotation = notes.get(TRAFFIC + (note or field))
            if annotation is not None:
                return annotation
            value = config.get(field, default)
            # The plugin reads annotations, and the injector makes none of an empty value.
            return default if by_cni and value == '' and not empty_counts else value

        self.family = request['family']
        self.addresses = [ipaddress.ip_address(address) for address in request['podIPs']]
        mode = config.get('interceptionMode', 'REDIRECT')
        if own.get('interceptionMode') in ('TPROXY', 'NONE'):
            mode = own['interceptionMode']
        self.mode = notes.get('sidecar.istio.io/interceptionMode', mode)
        self.uids = words(config.get('proxyUID', '1337'))
        self.gids = words(config.get('proxyGID', '1337' if by_cni else config.get('proxyUID', '1337')))
        self.included_ranges = said('includeIPRanges', '*', 'includeOutboundIPRanges', empty_counts=False)
        self.excluded_ranges = words(said('excludeIPRanges', '', 'excludeOutboundIPRanges'))
        self.included_inbound = said('includeInboundPorts', '*')
        self.included_outbound = words(said('includeOutboundPorts', ''))
        status = notes.get('status.sidecar.istio.io/port', str(config.get('statusPort', 15020)))
        excluded_inbound = words(said('excludeInboundPorts', ''))
        if status not in ('0', *excluded_inbound):
            excluded_inbound.append(status)
        excluded_outbound = said('excludeOutboundPorts', None)
        if by_cni:
            self.excluded_inbound = excluded_inbound + ['15020'] + EXEMPT
            self.excluded_outbound = words(excluded_outbound or ('' if TRAFFIC + 'excludeOutboundPorts' in notes else '15020'))
        else:
            self.excluded_inbound = EXEMPT + excluded_inbound
            self.excluded_outbound = words(excluded_outbound or '')
        self.excluded_interfaces = words(notes.get(TRAFFIC + 'excludeInterfaces', ''))
        older = notes.get(TRAFFIC + 'kubevirtInterfaces', '')
        self.rerouted = words(notes.get('istio.io/reroute-virtual-interfaces', older))
        self.servers = [address for address in config.get('dnsServers', []) if self.is_own(address)]
        captures_dns = is_on('ISTIO_META_DNS_CAPTURE')
        self.all_dns = captures_dns and by_cni
        self.dns = self.all_dns or captures_dns and len(config.get('dnsServers', [])) > 0
        self.drops_invalid = is_on('INVALID_DROP')
        self.dual_stack = is_on('ISTIO_DUAL_STACK')
        self.groups = '*' if by_cni else variables.get('ISTIO_OUTBOUND_OWNER_GROUPS', '*')
        self.spared_groups = [] if by_cni else words(variables.get('ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE', ''))
        widened = '127.0.0.1/32' if by_cni else variables.get('ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR', '127.0.0.1/32')
        self.loopback = widened if self.family == 'ipv4' else '::1/128'
        self.passed_on = '127.0.0.6/32' if self.family == 'ipv4' else '::6/128'

    def is_own(self, address):
        return ipaddress.ip_network(address, strict=False).version == (4 if self.family == 'ipv4' else 6)

    def has_rules(self):
        if self.mode == 'NONE':
            return False
        versions = {address.version for address in self.addresses}
        return self.family == 'ipv4' or 6 in versions and (self.dual_stack or 4 not in versions)


class Tables:
    def __init__(self):
        self.rules = {}

    def add(self, table, chain, rule, at=None):
        rules = self.rules.setdefault(table, {}).setdefault(chain, [])
        rules.insert(len(rules) if at is None else at, rule)

    def print(self):
        built_in = {'PREROUTING', 'OUTPUT'}
        for table, chains in self.rules.items():
            print(f'*{table}')
            for chain in chains:
                print(f':{chain} {"ACCEPT" if chain in built_in else "-"} [0:0]')
            for chain, rules in chains.items():
                for rule in rules:
                    print(f'-A {chain} {rule}')
            print('COMMIT')


def inbound(pod, tables):
    table = 'mangle' if pod.mode == 'TPROXY' else 'nat'
    for interface in pod.excluded_interfaces:
        for each in dict.fromkeys(('nat', table)):
            tables.add(each, 'PREROUTING', f'-i {interface} -j RETURN')
            tables.add(each, 'OUTPUT', f'-o {interface} -j RETURN')
    if pod.drops_invalid:
        tables.add('mangle', 'PREROUTING', '-m conntrack --ctstate INVALID -j DROP')
    tables.add('nat', 'ISTIO_INBOUND', '-p tcp --dport 15008 -j RETURN')
    tables.add('nat', 'ISTIO_REDIRECT', '-p tcp -j REDIRECT --to-ports 15001')
    tables.add('nat', 'ISTIO_IN_REDIRECT', '-p tcp -j REDIRECT --to-ports 15006')
    if pod.included_inbound == '':
        return
    tables.add(table, 'PREROUTING', '-p tcp -j ISTIO_INBOUND')
    ports = ['']
    if pod.included_inbound == '*':
        for port in pod.excluded_inbound:
            tables.add(table, 'ISTIO_INBOUND', f'-p tcp --dport {port} -j RETURN')
    else:
        ports = [f' --dport {port}' for port in words(pod.included_inbound)]
    for port in ports:
        if table == 'nat':
            tables.add('nat', 'ISTIO_INBOUND', f'-p tcp{port} -j ISTIO_IN_REDIRECT')
        else:
            tables.add('mangle', 'ISTIO_INBOUND', f'-p tcp{port} -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT')
            tables.add('mangle', 'ISTIO_INBOUND', f'-p tcp{port} -j ISTIO_TPROXY')
    if table == 'mangle':
        tables.add('mangle', 'ISTIO_DIVERT', '-j MARK --set-mark 1337')
        tables.add('mangle', 'ISTIO_DIVERT', '-j ACCEPT')
        tables.add('mangle', 'ISTIO_TPROXY', f'! -d {pod.loopback} -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006')


def outbound(pod, tables):
    def add(rule):
        tables.add('nat', 'ISTIO_OUTPUT', rule)

    tables.add('nat', 'OUTPUT', '-j ISTIO_OUTPUT')
    for port in pod.excluded_outbound:
        for protocol in ('tcp', 'udp'):
            add(f'-p {protocol} --dport {port} -j RETURN')
    add(f'-o lo -s {pod.passed_on} -j RETURN')
    included = [] if pod.included_ranges == '*' else words(pod.included_ranges)
    asks_for_own_calls = any(ipaddress.ip_network(each, strict=False).network_address.is_loopback for each in included)
    not_53 = ' -p tcp ! --dport 53' if pod.dns else ''
    for option, ids in (('--uid-owner', pod.uids), ('--gid-owner', pod.gids)):
        tunnel = '-p tcp ! --dport 15008'
        if pod.dns and option == '--uid-owner':
            tunnel = '-p tcp -m multiport ! --dports 53,15008'
        for number in ids:
            add(f'-o lo ! -d {pod.loopback} {tunnel} -m owner {option} {number} -j ISTIO_IN_REDIRECT')
            if not asks_for_own_calls:
                add(f'-o lo{not_53} -m owner ! {option} {number} -j RETURN')
            add(f'-m owner {option} {number} -j RETURN')
    if pod.groups == '*':
        for group in pod.spared_groups:
            add(f'-m owner --gid-owner {group} -j RETURN')
    else:
        add(''.join(f'-m owner ! --gid-owner {group} ' for group in words(pod.groups)) + '-j RETURN')
    if pod.dns:
        dns(pod, tables)
    add(f'-d {pod.loopback} -j RETURN')
    for each in filter(pod.is_own, pod.excluded_ranges):
        add(f'-d {each} -j RETURN')
    for port in pod.included_outbound:
        add(f'-p tcp --dport {port} -j ISTIO_REDIRECT')
    if pod.included_ranges == '*':
        add('-j ISTIO_REDIRECT')
    for each in filter(pod.is_own, included):
        add(f'-d {each} -j ISTIO_REDIRECT')
    # What comes from there passes no other rule: the included ranges first, the rest past what is inbound.
    for interface in pod.rerouted:
        tables.add('nat', 'PREROUTING', f'-i {interface} -j RETURN', at=0)
        ranges = [''] if pod.included_ranges == '*' else [f'-d {each} ' for each in filter(pod.is_own, included)]
        for each in ranges:
            tables.add('nat', 'PREROUTING', f'-i {interface} {each}-j ISTIO_REDIRECT', at=0)


def dns(pod, tables):
    queries, replies = (
        ([''], ['']) if pod.all_dns else ([f'-d {server} ' for server in pod.servers], [f'-s {server} ' for server in pod.servers])
    )
    tables.add('raw', 'OUTPUT', '-j ISTIO_OUTPUT_DNS')
    if queries:
        tables.add('nat', 'ISTIO_OUTPUT', '-j ISTIO_OUTPUT_DNS')
        tables.add('raw', 'PREROUTING', '-j ISTIO_INBOUND')
    for protocol in ('tcp', 'udp'):
        for to in queries:
            tables.add('nat', 'ISTIO_OUTPUT_DNS', f'-p {protocol} --dport 53 {to}-j REDIRECT --to-ports 15053')
    owners = [f'--uid-owner {uid}' for uid in pod.uids] + [f'--gid-owner {gid}' for gid in pod.gids]
    for owner in owners:
        tables.add('raw', 'ISTIO_OUTPUT_DNS', f'-p udp --dport 53 -m owner {owner} -j CT --zone 1')
        tables.add('raw', 'ISTIO_OUTPUT_DNS', f'-p udp --sport 15053 -m owner {owner} -j CT --zone 2')
    for to, source in zip(queries, replies):
        tables.add('raw', 'ISTIO_OUTPUT_DNS', f'-p udp --dport 53 {to}-j CT --zone 2')
        tables.add('raw', 'ISTIO_INBOUND', f'-p udp --sport 53 {source}-j CT --zone 1')


def marks(pod, tables):
    def add(chain, rule, at=None):
        tables.add('mangle', chain, rule, at)

    add('PREROUTING', '-p tcp -m mark --mark 1337 -j CONNMARK --save-mark')
    add('OUTPUT', '-p tcp -o lo -m mark --mark 1337 -j RETURN')
    for option, ids in (('--uid-owner', pod.uids), ('--gid-owner', pod.gids)):
        for number in ids:
            add('OUTPUT', f'! -d {pod.loopback} -p tcp -o lo -m owner {option} {number} -j MARK --set-mark 1338')
    add('OUTPUT', '-p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark')
    add('ISTIO_INBOUND', '-p tcp -m mark --mark 1337 -j RETURN', 0)
    add('ISTIO_INBOUND', f'-p tcp -s {pod.passed_on} -i lo -j RETURN', 1)
    add('ISTIO_INBOUND', '-p tcp -i lo -m mark ! --mark 1338 -j RETURN', 2)


def main():
    pod, tables = Pod(json.load(sys.stdin)), Tables()
    if not pod.has_rules():
        return
    inbound(pod, tables)
    outbound(pod, tables)
    if pod.mode == 'TPROXY':
        marks(pod, tables)
    tables.print()


main()
