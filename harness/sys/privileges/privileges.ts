/** Numbers of capabilities(7), by their names as setpriv(1) has them. */
export const capabilityNumbers = {
  kill: 5,
  setgid: 6,
  setuid: 7,
  dac_read_search: 2,
  net_admin: 12,
  net_raw: 13,
  sys_admin: 21,
} as const

export type Capability = keyof typeof capabilityNumbers

/**
 * What the agent needs, and nothing else: pods, links and rules (NET_ADMIN, SYS_ADMIN), raw sockets (NET_RAW), to
 * become other identities (SETUID, SETGID), to read what those run wherever it is (DAC_READ_SEARCH), and to end them
 * (KILL).
 */
export const agentCapabilities: readonly Capability[] = [
  'net_admin',
  'net_raw',
  'sys_admin',
  'setuid',
  'setgid',
  'dac_read_search',
  'kill',
]

/**
 * The words that start a program as root with what the agent needs, and with no way to more, for whatever it starts as
 * well.
 */
export const confined: readonly string[] = [
  ...['setpriv', '--no-new-privs', '--inh-caps=-all'],
  `--bounding-set=-all,${agentCapabilities.map((name) => `+${name}`).join(',')}`,
]
