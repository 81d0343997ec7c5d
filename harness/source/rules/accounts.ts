import { HarnessError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { type NamedAccount, withAccountNumbers } from '../../iptables/texts/account-numbers.ts'
import { type Accounts, rootAlone } from '../../iptables/words/accounts.ts'
import type { RuleSource } from './source.ts'

/** Users or groups by their names, and where that is known from. */
export interface AccountBook {
  /** What messages call it: `/etc/passwd of image:NAME`, `--passwd FILE`. */
  where: string
  ids: ReadonlyMap<string, number>
  /** It is taken for that of the machine that the rules are from. */
  isAssumed?: true
}

/** The first of each kind that has a name counts. */
export type AccountBooks = Readonly<Record<keyof Accounts, readonly AccountBook[]>>

/** What a caller says of names of users and groups. */
export interface AccountOptions {
  /** In place of every other one. */
  given?: Partial<Record<keyof Accounts, AccountBook>>
  /** This machine's, for a captured text that says nothing itself. */
  here?: () => AccountBooks
  /** A name that nobody knows is left in the rules, which are not to be loaded. */
  keepsUnknown?: true
  /** Who loads the rules and looks up names that no book has: a container, as messages call it. */
  loader?: string
}

export const noAccounts: AccountBooks = { uid: [], gid: [] }

const words = {
  uid: { number: 'UID', kind: 'user', option: '--passwd FILE', file: '/etc/passwd' },
  gid: { number: 'GID', kind: 'group', option: '--group FILE', file: '/etc/group' },
} as const

/**
 * The same source with numbers in place of names of users and groups in its rules, so that they are read, predicted and
 * loaded as on the machine that the names are from.
 * @param own what the source itself has, in place of which the caller may give others; it is asked for at the first name.
 * @param options `here` is for a text: of a program's rules names that no book has are left to whoever loads them.
 */
export function withAccounts(
  source: RuleSource,
  own: () => Promise<AccountBooks> | AccountBooks,
  { given = {}, here, keepsUnknown, loader }: AccountOptions,
): RuleSource {
  const [used, left] = [new Map<string, string>(), new Map<string, string>()]
  let asked: Promise<AccountBooks> | undefined
  const booksOf = async (): Promise<AccountBooks> => {
    const isAllGiven = given.uid !== undefined && given.gid !== undefined
    const [found, others] = [isAllGiven ? noAccounts : await own(), here?.() ?? noAccounts]
    const chain = (of: keyof Accounts): readonly AccountBook[] =>
      given[of] === undefined ? [...found[of], ...others[of]] : [given[of]]
    return { uid: chain('uid'), gid: chain('gid') }
  }
  const replace = async (text: RuleText): Promise<RuleText> => {
    const first: NamedAccount[] = []
    withAccountNumbers(text, (named) => void first.push(named))
    if (first.length === 0) return text
    asked ??= booksOf()
    const books = await asked
    return withAccountNumbers(text, (named) => {
      const { of, name } = named
      const book = books[of].find(({ ids }) => ids.has(name))
      const [id, anywhere] = [book?.ids.get(name), rootAlone[of].get(name)]
      if (book !== undefined && id !== undefined && id !== anywhere) {
        used.set(`${of} ${name}`, noteOf(named, id, book))
        return id
      }
      if (anywhere !== undefined) return undefined
      if (loader !== undefined) {
        used.set(`${of} ${name}`, loaderNote(named, loader))
        return undefined
      }
      if (books[of].length === 0) return undefined
      const error = unknownTo(source, named, books)
      if (!keepsUnknown) throw error
      left.set(`${of} ${name}`, error.line)
      return undefined
    })
  }
  const known = new WeakMap<RuleText, Promise<RuleText>>()
  return {
    ...source,
    async rules(request, signal) {
      const text = await source.rules(request, signal)
      if (text === undefined) return undefined
      const replaced = known.get(text) ?? replace(text)
      known.set(text, replaced)
      return replaced
    },
    accounts: { notes: () => [...used.values()], unknown: () => [...left.values()] },
  }
}

function noteOf({ of, name }: NamedAccount, id: number, { where, isAssumed }: AccountBook): string {
  const { number, option } = words[of]
  return isAssumed
    ? `assumed: ${name} is ${number} ${id}, as in ${where}; ${option} says otherwise`
    : `accounts: ${name} is ${number} ${id}, by ${where}`
}

function loaderNote({ of, name }: NamedAccount, loader: string): string {
  const { kind, option, file } = words[of]
  return `accounts: ${name} is the ${kind} who is called so in ${file} of ${loader}, whose iptables looks it up; ${option} says otherwise`
}

/** A program's rules are at fault then; of a captured text it may be known elsewhere. */
function unknownTo(
  { id, kind, capture }: RuleSource,
  { of, name, line }: NamedAccount,
  books: AccountBooks,
): HarnessError {
  const { kind: what, option, file } = words[of]
  return new HarnessError(
    kind === 'builder' ? 'rules' : 'input',
    `${capture?.name ?? id}, line ${line}: a rule names the ${what} '${name}', which is not in ${books[of].map(({ where }) => where).join(', nor in ')}`,
    {
      hint: `iptables refuses it where nobody is called so; say ${option} for the ${file} of where the rules are loaded`,
    },
  )
}
