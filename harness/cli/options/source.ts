import { readAccountOptions } from './accounts.ts'
import type { SandboxKind } from './sandbox.ts'
import { type Family, families } from '../../core/address.ts'
import { HarnessError, inputError } from '../../core/errors.ts'
import type { AccountOptions } from '../../source/rules/accounts.ts'
import type { SourceOptions } from '../../source/parse.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import { callerDirectory } from '../command/caller.ts'
import { type ConfigInput, readConfig } from './config.ts'
import { count, flag, oneOf, optional } from '../command/option.ts'

/** What rules are made from, for commands that look at one ruleset. */
export const madeFromOption = optional(
  'FILE|-',
  "the config that the rules are made from; its podIPs are the pod's addresses",
)

/** What may have to be said about a captured text. */
export const snapshotOption = {
  snapshot: optional(
    'N',
    'which snapshot of a table, or which pod, is read, where a file: has several (default: the last)',
    count,
  ),
  complete: flag('reads a file: in which something is missing, and says what is assumed in its place'),
}

export const captureOptions = {
  family: optional(
    'ipv4|ipv6',
    'whose rules a file: holds that does not tell; and the family of pod:PORT and lo:PORT',
    oneOf(families),
  ),
  ...snapshotOption,
}

/** For the commands that take `--rules`. */
export const cleanEnv = flag(
  'with --rules exec:COMMAND, keeps your environment from it: PATH, HOME, LANG and TMPDIR remain',
)

/** The name of `family` of `--config` in messages. */
export const familyOfConfig = "--config's family"

/**
 * Reads `--rules SRC`.
 * @param options what the caller says of a captured text, and of a program that is run.
 * @throws HarnessError (`input`) if it is no source, or its file does not exist or holds no rules.
 */
export async function readSource(text: string, options: SourceOptions = {}): Promise<RuleSource> {
  const { parseSource } = await import('../../source/parse.ts')
  return parseSource(text, callerDirectory(), options)
}

/** What a command that looks at one ruleset is told of it. */
interface AskedSource {
  config: string | undefined
  family: Family | undefined
  snapshot: number | undefined
  complete: boolean
  'clean-env'?: boolean
}

/** @throws HarnessError (`input`) if no rules are named. */
export function requireRules(rules: string | undefined): string {
  if (rules === undefined) throw inputError('--rules', 'is missing', 'write --rules SRC, such as --rules osm@1.2')
  return rules
}

/**
 * Reads `--rules SRC` with the config beside it, in which `--family` has the last word.
 * @throws HarnessError (`input`) as `readSource` and `readConfig` do.
 */
export async function readAsked(
  rules: string,
  { config, family, snapshot, complete, 'clean-env': cleanEnv = false }: AskedSource,
  accounts?: AccountOptions,
): Promise<{ said: ConfigInput; source: RuleSource }> {
  const given = await readConfig(config)
  const said = family === undefined ? given : { ...given, family }
  const familyBy = family === undefined ? familyOfConfig : '--family'
  const source = await readSource(rules, {
    family: said.family,
    familyBy,
    snapshot,
    complete,
    cleanEnv,
    ...(accounts && { accounts }),
  })
  return { said, source }
}

/** What options say of the rules that are to be loaded. */
interface GivenSource {
  rules?: string | undefined
  snapshot?: number | undefined
  complete: boolean
  'clean-env': boolean
  /** Where they are loaded: by default here. */
  sandbox?: SandboxKind
  passwd: string | undefined
  group: string | undefined
}

/** Nobody can load a rule of which the text does not say all. @throws HarnessError (`input`) naming the lines. */
export function requireWhole({ capture, id }: RuleSource): void {
  const [first, ...others] = capture?.unsaid ?? []
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  throw inputError(
    `${capture?.name ?? id}, ${first.slice(0, first.indexOf(':'))}${more}`,
    `the text does not say all of a rule (${first.slice(first.indexOf(':') + 2)}), so it cannot be loaded`,
    / members of set /.test(first)
      ? 'add what `ipset save` prints to the text, or say --complete: such a set then holds nothing'
      : 'capture it whole, as iptables-save or sidetrack collect do, or say --complete: what is not said is then not asked for',
  )
}

/**
 * The same, where it may be left out; `family` of `--config` says whose rules a captured text holds that does not tell.
 */
export async function readGivenSource(
  { rules, snapshot, complete, 'clean-env': cleanEnv, sandbox = 'namespaces', ...accounts }: GivenSource,
  config: ConfigInput | undefined,
): Promise<RuleSource | undefined> {
  if (rules !== undefined) {
    const source = await readSource(rules, {
      family: config?.family,
      familyBy: familyOfConfig,
      snapshot,
      complete,
      cleanEnv,
      accounts: readAccountOptions(accounts, sandbox),
    })
    requireWhole(source)
    return source
  }
  for (const option of ['passwd', 'group'] as const)
    if (accounts[option] !== undefined)
      throw inputError(`--${option}`, 'no rules are given that name accounts', 'add --rules SRC')
  if (complete) throw inputError('--complete', 'no text is given', 'add --rules file:PATH')
  if (snapshot !== undefined) throw inputError('--snapshot', 'no text is given', 'add --rules file:PATH')
  if (cleanEnv) throw inputError('--clean-env', 'no program is run', 'add --rules exec:COMMAND')
  return undefined
}

/** A fault in a source's text, with the source's name in front. */
export function unreadable({ id, capture }: RuleSource, failed: HarnessError, family: Family): HarnessError {
  const { message, hint } = capture?.locate(failed, family) ?? failed
  return new HarnessError('input', `${capture?.name ?? id}, ${message}`, { cause: failed, ...(hint && { hint }) })
}

/** In a run `--config` says what a text was made from. @throws HarnessError (`input`) where there is no text. */
export function requireText(source: RuleSource | undefined): void {
  if (source === undefined) throw inputError('--config', 'no text is given', 'add --rules file:PATH')
  if (source.kind === 'builder')
    throw inputError('--config', `${source.id} makes rules for the config of each scenario`, 'leave it out')
}

/** Lines of a captured text that are no rules: for whoever asks for all. */
export function passedOverLines(source: RuleSource | undefined): string[] {
  return (source?.capture?.passedOver ?? []).map(({ line, text }) => `  line ${line}: ${text.trim().slice(0, 200)}`)
}
