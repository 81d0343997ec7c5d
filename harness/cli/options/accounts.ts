import { accountsOf, largestAccountFile, readAccounts } from '../../iptables/words/account-files.ts'
import type { AccountBook, AccountBooks, AccountOptions } from '../../source/rules/accounts.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import { readText } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'
import { optional } from '../command/option.ts'
import type { SandboxKind } from './sandbox.ts'

/** Of the machine, or the container, that rules are from. */
export const accountOptions = {
  passwd: optional(
    'FILE',
    "an /etc/passwd: what the rules' users by name are where they were captured (default: of image:NAME, the image's own)",
  ),
  group: optional('FILE', 'an /etc/group: the same for groups'),
}

/**
 * What names of users and groups in rules stand for.
 * @param loadedBy who loads the rules as well: where nothing else tells, a captured text's names are this machine's where
 * that loads them, and one that nobody knows is refused; a container looks them up in its own files. Where nobody does, a
 * name is left as it is.
 * @throws HarnessError (`input`) naming a file that the options name, and its lines.
 */
export function readAccountOptions(
  { passwd, group }: { passwd: string | undefined; group: string | undefined },
  loadedBy: SandboxKind | undefined,
): AccountOptions {
  const given = {
    ...(passwd !== undefined && { uid: bookOf(passwd, 'passwd') }),
    ...(group !== undefined && { gid: bookOf(group, 'group') }),
  }
  if (loadedBy === undefined) return { given, keepsUnknown: true }
  return { given, ...(loadedBy === 'namespaces' ? { here: accountsHere } : { loader: "the sandbox's container" }) }
}

function bookOf(file: string, kind: 'passwd' | 'group'): AccountBook {
  const text = readText(fromCaller(file), file, { largest: largestAccountFile })
  return { where: `--${kind} ${file}`, ids: readAccounts(fromCaller(file), text, kind) }
}

function accountsHere(): AccountBooks {
  const here = (kind: 'passwd' | 'group'): AccountBook[] => {
    const file = `/etc/${kind}`
    const text = readText(file, file, { largest: largestAccountFile })
    return [{ where: `${file} of this machine`, ids: accountsOf(text), isAssumed: true }]
  }
  return { uid: here('passwd'), gid: here('group') }
}

/** What names have been found to stand for in rules that were read. */
export const accountNotes = (...sources: readonly (RuleSource | undefined)[]): string[] => [
  ...new Set(sources.flatMap((source) => source?.accounts?.notes() ?? [])),
]
