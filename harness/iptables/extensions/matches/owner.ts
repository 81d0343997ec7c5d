import type { Condition } from '../../../netfilter/condition.ts'
import type { Interval } from '../../../netfilter/interval-set.ts'
import type { Context } from '../../words/loader.ts'
import { range, word } from '../../words/print-value.ts'
import { part, readNumber } from '../../words/values.ts'
import { type Word, wrongWord } from '../../words/payload-words.ts'
import { has, needsAny } from '../checks.ts'
import type { Asked, MatchExtension } from '../extension.ts'
import { lowerOption, over, single } from '../lowering.ts'
import { flag, type Given, known, type KnownOption, one, valueRead } from '../option.ts'

/** Numbers, or an account or group by its name, which iptables looks up where it loads the rule. */
type Ids = Interval<number> | { name: string }

const largestId = 4294967294

/** One or a range, or a name (owner_parse_range in extensions/libxt_owner.c). */
function readIds(of: 'uid' | 'gid', at: Word): Ids {
  if (/^[A-Za-z_][\w.@-]*\$?$/.test(at.text)) return { name: at.text }
  const [from = '', to = from, ...rest] = at.text.split(/[-:]/)
  if (rest.length > 0) throw wrongWord(at, `'${at.text}' is no ${of} and no range of them`)
  const [first, last] = [from, to].map((text) => readNumber(part(at, text), of, largestId)) as [number, number]
  if (last < first) throw wrongWord(at, `the range '${at.text}' ends before it begins`)
  return { first, last }
}

const idOption = (of: 'uid' | 'gid'): KnownOption<Ids> =>
  one<Ids>({
    option: `--${of}-owner`,
    read: (at) => readIds(of, at),
    print: (ids) => ('name' in ids ? word(ids.name) : range(ids, '-')),
    lower: (ids, asking) => {
      const { negated, beside } = asking
      const field = of === 'gid' && has({ options: beside }, '--suppl-groups') ? 'anyGid' : of
      if (!('name' in ids)) return over(field, asking, [ids], { ifAbsent: negated })
      const id = asking.accounts[of].get(ids.name)
      if (id === undefined) return { kind: 'account', field, name: ids.name, ifAbsent: negated }
      return over(field, asking, [single(id)], { ifAbsent: negated, account: { name: ids.name, id } })
    },
  })

const uid = idOption('uid')
const gid = idOption('gid')

/** Whom an option asks for, or, negated, everybody but whom. */
export interface OwnerAsked {
  of: 'uid' | 'gid'
  ids: Ids
  negated: boolean
}

/** @returns undefined for another option than these two. */
export function ownerAsked(given: Given): OwnerAsked | undefined {
  const { negated } = given
  const [uids, gids] = [valueRead(uid, given), valueRead(gid, given)]
  if (uids !== undefined) return { of: 'uid', ids: uids, negated }
  return gids && { of: 'gid', ids: gids, negated }
}

/** With --suppl-groups, --gid-owner asks for all groups: the two are one question. */
function lower({ options }: Asked, context: Context): Condition[] {
  const conditions = options
    .filter(({ option }) => option !== '--suppl-groups')
    .map((given) => lowerOption(given, options, context))
  if (!has({ options }, '--suppl-groups')) return conditions
  return conditions.map((condition) => {
    const { subject, value } = condition.asked
    return subject === '--gid-owner'
      ? { ...condition, asked: { ...condition.asked, value: `${value} --suppl-groups` } }
      : condition
  })
}

/** `-m owner` */
export const owner: MatchExtension = {
  options: [
    known<true>({
      option: '--socket-exists',
      words: 0,
      invertible: true,
      read: () => true,
      print: () => undefined,
      lower: (_, { negated }) => ({ kind: 'socket-exists', negated }),
    }),
    uid,
    gid,
    flag('--suppl-groups', { follows: '--gid-owner' }),
  ],
  chains: ['OUTPUT', 'POSTROUTING'],
  check: needsAny('--uid-owner, --gid-owner or --socket-exists'),
  tracks: false,
  lower,
}
