import { type IdentityName, namedCredentials } from '../../flow/identity.ts'
import { isCapturing } from '../../flow/listener.ts'
import { ends, hosts, type VerdictName } from '../../flow/verdict.ts'
import type { Protocol } from '../../flow/flow.ts'
import type { Question, RulePlace, Who } from '../../find/question.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { reading } from '../command/option.ts'
import { id } from '../options/id.ts'

const verdictNames: readonly VerdictName[] = [
  'redirected',
  'captured',
  'direct',
  'translated',
  'refused',
  'dropped',
  'looped',
]
const protocols: readonly Protocol[] = ['tcp', 'udp', 'icmp']

/** One of some names. @throws TypeError with the nearest right one. */
function named<T extends string>(text: string, known: readonly T[], what: string): T {
  const found = known.find((name) => name === text)
  if (found !== undefined) return found
  throw new TypeError(`'${text}' is no ${what}; ${didYouMean(text, known) ?? `there are ${known.join(', ')}`}`)
}

const several = <T>(text: string, read: (word: string) => T): T[] => [...new Set(text.split(',').map(read))]

export const verdicts = (text: string) =>
  several(text, (word) => named(word, [...verdictNames, 'unknown'] as const, 'verdict'))
/** @throws TypeError with the nearest right one. */
export const verdictName = (text: string): VerdictName => named(text, verdictNames, 'verdict')
export const someProtocols = (text: string) => several(text, (word) => named(word, protocols, 'protocol'))

/** What the options say, before it is known whose proxy and rules they are about. */
interface QuestionValues {
  verdict: (VerdictName | 'unknown')[] | undefined
  identity: string | undefined
  'not-identity': string | undefined
  reaches: string | undefined
  'decided-by': string | undefined
  proto: Protocol[] | undefined
  from: string | undefined
}

/**
 * The question that the options ask. @param rulesets where its rule is to be. @throws HarnessError (`input`) naming the
 * option.
 */
export function readQuestion(
  values: QuestionValues,
  profile: Profile,
  rulesets: readonly Ruleset[],
  interfaces: readonly string[],
): Question {
  const { verdict, identity, 'not-identity': notIdentity, reaches, 'decided-by': decidedBy, proto, from } = values
  return {
    ...(verdict && { verdicts: verdict }),
    ...(identity !== undefined && { identity: reading('--identity', () => who(identity, profile)) }),
    ...(notIdentity !== undefined && { notIdentity: reading('--not-identity', () => who(notIdentity, profile)) }),
    ...(reaches !== undefined && { reaches: reading('--reaches', () => station(reaches, profile)) }),
    ...(decidedBy !== undefined && { decidedBy: reading('--decided-by', () => rulePlace(decidedBy, rulesets)) }),
    ...(proto && { protocols: proto }),
    ...(from !== undefined && { origins: [reading('--from', () => origin(from, interfaces))] }),
  }
}

/** A name stands for its UID, whatever the groups are. */
function who(text: string, { proxy }: Profile): Who {
  const [uid = '', gid, ...rest] = text.split(':')
  if (/^\d/.test(uid) && rest.length === 0) return { uid: id(uid), ...(gid !== undefined && { gid: id(gid) }), text }
  const names: readonly IdentityName[] = ['app', 'proxy', 'root']
  const name = named(text, names, 'identity') as Exclude<IdentityName, 'remote'>
  const credentials = name === 'proxy' ? proxy : namedCredentials[name]
  return { uid: credentials.uid, text: `${text} (UID ${credentials.uid})` }
}

function station(text: string, { listeners }: Profile): number | string {
  if (/^\d+$/.test(text)) {
    const port = Number(text)
    if (port < 1 || port > 65535) throw new TypeError(`'${text}' is no port; they are numbers from 1 to 65535`)
    return port
  }
  const own = listeners.map((listener) => (isCapturing(listener) ? listener.name : `envoy-${listener.name}`))
  return named(text, [...new Set([...own, ...hosts, ...ends])], 'place that flows reach')
}

function rulePlace(text: string, rulesets: readonly Ruleset[]): RulePlace | 'none' {
  if (text === 'none') return 'none'
  const [, tableName = '', chainName = '', rule] = /^(\S+) (\S+)(?: (?:rule )?(\d+))?$/.exec(text.trim()) ?? []
  if (chainName === '')
    throw new TypeError(
      `'${text}' is no 'TABLE CHAIN N', such as 'nat OUTPUT 1'; none is for flows that no rule decides`,
    )
  const tables = rulesets.flatMap(({ tables }) => [...tables.values()])
  if (tables.length === 0) throw new TypeError('there are no rules')
  const table = named(tableName, [...new Set(tables.map(({ name }) => name))], 'table of these rules')
  const chains = tables.filter(({ name }) => name === table).flatMap((one) => [...one.chains.values()])
  const chain = named(chainName, [...new Set(chains.map(({ name }) => name))], `chain of ${table}`)
  const most = Math.max(...chains.filter(({ name }) => name === chain).map(({ rules }) => rules.length))
  if (rule !== undefined && (Number(rule) < 1 || Number(rule) > most))
    throw new TypeError(`${table} ${chain} has ${most === 0 ? 'no rules' : `rules 1 to ${most}`}, and no rule ${rule}`)
  return { table, chain, ...(rule !== undefined && { rule: Number(rule) }) }
}

function origin(text: string, interfaces: readonly string[]): NonNullable<Question['origins']>[number] {
  const name = named(text, ['pod', ...interfaces], 'place where flows begin')
  return name === 'pod' ? { kind: 'pod' } : { kind: 'peer', interface: name }
}
