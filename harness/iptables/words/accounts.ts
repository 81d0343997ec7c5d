/**
 * Which UID or GID a name stands for where rules are loaded: iptables looks names up there, and hands the kernel
 * numbers.
 */
export interface Accounts {
  uid: ReadonlyMap<string, number>
  gid: ReadonlyMap<string, number>
}

/** The one account that has the same name and numbers on every Linux (LSB Core 5.0, 23.2). */
export const rootAlone: Accounts = { uid: new Map([['root', 0]]), gid: new Map([['root', 0]]) }
