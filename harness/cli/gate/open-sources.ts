import { existsSync, statSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { inputError } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { Change } from '../../gate/changes/change.ts'
import type { Sides } from '../../gate/compared/sides.ts'
import { splitCommand } from '../../source/kinds/command-words.ts'
import { type ExecOptions, execSource } from '../../source/kinds/exec.ts'
import { GitTree } from '../../source/git-tree.ts'
import { parseSource } from '../../source/parse.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import { readAccountOptions } from '../options/accounts.ts'
import type { SandboxKind } from '../options/sandbox.ts'
import { callerDirectory, fromCaller } from '../command/caller.ts'
import type { ConfigInput } from '../options/config.ts'
import { familyOfConfig, requireWhole } from '../options/source.ts'
import { isStandardInput } from '../options/standard-input.ts'

/** What the options say of both sides. */
interface SideOptions {
  baseline: string | undefined
  candidate: string | undefined
  'baseline-cwd': string | undefined
  'candidate-cwd': string | undefined
  'clean-env': boolean
  'baseline-iptables': Backend | undefined
  'candidate-iptables': Backend | undefined
  sandbox: SandboxKind
  passwd: string | undefined
  group: string | undefined
}

/** Both sources, and what goes with them when they are no longer needed. */
interface OpenSources extends AsyncDisposable {
  sources: Sides<RuleSource>
  notices: string[]
  /** The baseline is a revision that has no such builder yet: the candidate stands in its place. */
  isFirst?: true
}

/**
 * Opens both sources: a `git:REV` baseline has the candidate's own command run in the files of that revision.
 * @throws HarnessError (`input`) if one is missing or is none.
 */
export async function openSources(options: SideOptions, config: ConfigInput | undefined): Promise<OpenSources> {
  const { baseline, candidate } = bothOf(options)
  const { 'baseline-cwd': baselineCwd, 'candidate-cwd': candidateCwd, 'clean-env': cleanEnv } = options
  const accounts = readAccountOptions(options, options.sandbox)
  const own = (text: string, cwd: string | undefined, option: string): RuleSource => {
    if (cwd !== undefined && !/^(exec|file):/.test(text))
      throw inputError(option, `${text} runs in no folder of yours`, 'leave it out')
    const isProgram = text.startsWith('exec:')
    const read = { family: config?.family, familyBy: familyOfConfig, cleanEnv: cleanEnv && isProgram, accounts }
    const source = parseSource(text, cwd === undefined ? callerDirectory() : fromCaller(cwd), read)
    requireWhole(source)
    return source
  }
  const after = own(candidate, candidateCwd, '--candidate-cwd')
  if (!baseline.startsWith('git:'))
    return {
      sources: { baseline: own(baseline, baselineCwd, '--baseline-cwd'), candidate: after },
      notices: [],
      [Symbol.asyncDispose]: async () => {},
    }
  if (baselineCwd !== undefined) throw inputError('--baseline-cwd', 'git:REV has a folder of its own', 'leave it out')
  const from = candidateCwd === undefined ? callerDirectory() : fromCaller(candidateCwd)
  return openRevision({ baseline, candidate }, from, after, { cleanEnv, accounts })
}

/** @throws HarnessError (`input`) if one is missing, or the two cannot be held against each other. */
function bothOf(options: SideOptions): Sides<string> {
  const isAcross = options['baseline-iptables'] !== undefined || options['candidate-iptables'] !== undefined
  const { baseline, candidate } = options
  if (baseline === undefined)
    throw inputError('--baseline', 'is missing', 'write --baseline SRC, such as --baseline git:HEAD')
  if (candidate === undefined)
    throw inputError('--candidate', 'is missing', 'write --candidate SRC, such as --candidate exec:./builder')
  if (candidate.startsWith('git:'))
    throw inputError('--candidate', 'only a baseline is a revision', 'write exec:COMMAND')
  if (isStandardInput(baseline) && isStandardInput(candidate))
    throw inputError('--candidate', 'standard input holds the baseline already', 'write file:PATH')
  const isSameFolder = fromCaller(options['baseline-cwd'] ?? '.') === fromCaller(options['candidate-cwd'] ?? '.')
  if (baseline === candidate && isSameFolder && !isAcross)
    throw inputError('--candidate', `is the baseline: both are ${candidate}`, 'name what is to be compared with it')
  const isAnyProgram = [baseline, candidate].some((text) => text.startsWith('exec:') || text.startsWith('git:'))
  if (options['clean-env'] && !isAnyProgram) throw inputError('--clean-env', 'no program is run', 'leave it out')
  return { baseline, candidate }
}

/** @param from where the candidate runs. @param after the candidate itself. @param running how a program is run. */
async function openRevision(
  { baseline, candidate }: Sides<string>,
  from: string,
  after: RuleSource,
  running: ExecOptions,
): Promise<OpenSources> {
  if (!candidate.startsWith('exec:'))
    throw inputError(
      '--baseline',
      `${baseline} runs the candidate's command, and ${candidate} is none`,
      'write exec:COMMAND',
    )
  const command = candidate.slice('exec:'.length)
  await using teardown = new AsyncDisposableStack()
  const tree = teardown.use(await GitTree.create(baseline.slice('git:'.length), from))
  const isFirst = await isNewSince(tree, baseline, candidate, splitCommand(candidate, command), from)
  const named = `${baseline} is ${tree.commit.slice(0, 12)}`
  if (isFirst)
    return {
      sources: { baseline: after, candidate: after },
      notices: [
        `${named}, which has no such builder yet, so that nothing can be compared; the command run holds it to what the mesh promises`,
      ],
      isFirst: true,
      [Symbol.asyncDispose]: async () => {},
    }
  const without = tree.missing.map(
    (path) =>
      `without the submodule ${path}, which is not here as that revision has it: git submodule update --init --recursive`,
  )
  const same = (await tree.isCheckedOut()) ? ['git sees no change in the working tree'] : []
  const opened = teardown.move()
  return {
    sources: { baseline: execSource(baseline, command, tree.directory, running), candidate: after },
    notices: [[`${named}, in which ${candidate} is run`, ...same, ...without].join('; ')],
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/**
 * Whether the builder itself, which is the first file or folder that the command names, has come since the revision.
 * @throws HarnessError (`input`) if another file that the command names is not the revision's, or one that git does not
 * know.
 */
async function isNewSince(
  tree: GitTree,
  baseline: string,
  candidate: string,
  words: readonly string[],
  from: string,
): Promise<boolean> {
  const inside = words.find((word) => isAbsolute(word) && !relative(tree.toplevel, word).startsWith('..'))
  if (inside !== undefined)
    throw inputError('--candidate', `${inside} is the working tree's, whatever the revision`, 'write a relative path')
  const found = words
    .filter((word) => !isAbsolute(word) && /[./]/.test(word))
    .map((word) => ({ word, stat: statSync(join(from, word), { throwIfNoEntry: false }) }))
    .filter(({ stat }) => stat !== undefined)
  for (const [at, { word, stat }] of found.entries()) {
    if (existsSync(join(tree.directory, word))) continue
    const submodule = tree.missing.find(
      (path) => !relative(path, relative(tree.toplevel, join(from, word))).startsWith('..'),
    )
    if (submodule !== undefined)
      throw inputError(
        '--baseline',
        `${baseline} has ${word} in the submodule ${submodule}, which is not here as that revision has it`,
        'fetch it: git submodule update --init --recursive',
      )
    const standing = await tree.standing(from, word)
    if (at === 0 && standing === 'tracked') return true
    // It may be one that the builder writes to.
    if (stat?.isDirectory()) continue
    throw inputError(
      '--baseline',
      `${baseline} has no ${word}, which ${candidate} names`,
      standing === 'ignored'
        ? 'git ignores it: name a command that builds it, such as go run ./cmd/builder'
        : 'commit it first, or take a revision that has it',
    )
  }
  if (existsSync(tree.directory)) return false
  throw inputError(
    baseline,
    `${relative(tree.toplevel, from)} is not there in that revision`,
    'start from a folder that is',
  )
}

/** What to look for where the builder of a revision makes no rules, which this one makes. */
export function brokenRevision(baseline: string | undefined, changes: readonly Change[]): string[] {
  if (!baseline?.startsWith('git:')) return []
  if (!changes.some(({ rules, effect }) => rules === 'builder' && effect === 'moved')) return []
  return [`${baseline} is run without what git ignores, such as packages or a build of the working tree`]
}
