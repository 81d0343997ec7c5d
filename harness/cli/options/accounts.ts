import { inputError } from '../../core/errors.ts'
import { largestAccountFile, readAccounts } from '../../iptables/words/account-files.ts'
import { type Accounts, rootAlone } from '../../iptables/words/accounts.ts'
import type { RuleSource } from '../../source/source.ts'
import { readText } from '../../sys/read-text.ts'
import { fromCaller } from '../command/caller.ts'
import { optional } from '../command/option.ts'

/** Of the machine, or the container, that a text was captured on. */
export const accountOptions = {
  passwd: optional(
    'FILE',
    "an /etc/passwd: what the rules' users by name are where they were captured (default: of image:NAME, the image's own)",
    (text) => text,
  ),
  group: optional('FILE', 'an /etc/group: the same for groups', (text) => text),
}

/**
 * The accounts of the image that makes the rules: what names of users and groups in them stand for.
 * @throws HarnessError (`machine`) if they cannot be had; (`input`) naming the file in the image and its lines.
 */
export async function imageAccounts({ id, accounts }: RuleSource): Promise<Accounts> {
  const { passwd, group } = (await accounts?.()) ?? {}
  const read = (text: string | undefined, kind: 'passwd' | 'group'): ReadonlyMap<string, number> =>
    text === undefined ? new Map() : readAccounts(`${id}: /etc/${kind}`, text, kind)
  return {
    uid: new Map([...rootAlone.uid, ...read(passwd, 'passwd')]),
    gid: new Map([...rootAlone.gid, ...read(group, 'group')]),
  }
}

/**
 * The accounts that the options name; without them, root alone is known.
 * @param isLive whether the rules are loaded as well.
 * @throws HarnessError (`input`) naming the file and its lines; or where it would count for nothing.
 */
export function readAccountFiles(
  { passwd, group }: { passwd: string | undefined; group: string | undefined },
  isLive: boolean,
): Accounts {
  const given = passwd === undefined ? group && '--group' : '--passwd'
  if (isLive && given !== undefined)
    throw inputError(
      given,
      'with --live, names are looked up on this machine, where the rules are loaded',
      'leave one of both out',
    )
  const read = (file: string | undefined, kind: 'passwd' | 'group'): ReadonlyMap<string, number> =>
    file === undefined
      ? new Map()
      : readAccounts(fromCaller(file), readText(fromCaller(file), file, { largest: largestAccountFile }), kind)
  return {
    uid: new Map([...rootAlone.uid, ...read(passwd, 'passwd')]),
    gid: new Map([...rootAlone.gid, ...read(group, 'group')]),
  }
}
