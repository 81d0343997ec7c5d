/**
 * Services by the names that /etc/services of Debian 11 to 13 (netbase) has for them, where every release has the same:
 * what getservbyname(3) finds wherever there is such a file. Another machine may know more, so a name that is not here
 * is nobody's to guess.
 */
const both: Readonly<Record<string, number>> = {
  domain: 53,
  kerberos: 88,
  snmp: 161,
  'snmp-trap': 162,
  snmptrap: 162,
  ldap: 389,
  ldaps: 636,
  sip: 5060,
  'sip-tls': 5061,
}

const tcp: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...both,
    'ftp-data': 20,
    ftp: 21,
    ssh: 22,
    telnet: 23,
    smtp: 25,
    http: 80,
    www: 80,
    pop3: 110,
    imap2: 143,
    imap: 143,
    https: 443,
    submission: 587,
    imaps: 993,
    mysql: 3306,
    postgresql: 5432,
    amqp: 5672,
    redis: 6379,
    'http-alt': 8080,
  }),
)

const udp: ReadonlyMap<string, number> = new Map(
  Object.entries({ ...both, bootps: 67, bootpc: 68, tftp: 69, ntp: 123, syslog: 514 }),
)

/** @returns undefined for a name that only a machine knows. */
export const serviceCalled = (name: string, protocol: 'tcp' | 'udp'): number | undefined =>
  (protocol === 'tcp' ? tcp : udp).get(name)

/** Ports with every name that is known here as its number. */
export const withoutServiceNames = (text: string, protocol: 'tcp' | 'udp'): string =>
  text.replace(/[^:,]+/g, (part) => `${serviceCalled(part, protocol) ?? part}`)
