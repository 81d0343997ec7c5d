import type { Family } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import type { IpSet } from '../../flow/ip-set.ts'
import type { Accounts } from './accounts.ts'

/** Who loads a text: what the kernel gets is not the same from all. */
export interface Loader {
  /** Absent where nobody knows: what only one backend does is unknown then. */
  backend?: Backend
  /** What names of users and groups stand for where the rules are loaded. */
  accounts?: Accounts
}

/** What an extension may look at while it is lowered. */
export interface Context extends Required<Pick<Loader, 'accounts'>> {
  family: Family
  backend: Backend | undefined
  /** The sets whose members are known, by name. */
  sets: ReadonlyMap<string, IpSet>
  /** What rules of the family do to sets as packets pass: add members, take some away. */
  changed: ReadonlyMap<string, ReadonlySet<'adds' | 'takes'>>
}
