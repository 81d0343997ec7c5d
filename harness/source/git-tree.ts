import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HarnessError, inputError } from '../core/errors.ts'
import { runGuarded } from '../sys/processes/exec.ts'
import { TemporaryFolder } from '../sys/files/temporary-folder.ts'

const limits = { timeout: 120_000, maxBuffer: 16 * 1024 * 1024 }

/**
 * What git is told beside its command: nothing that the repository's configuration names is run for it, and it may
 * belong to another user, as under sudo.
 */
const settings = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'safe.directory=*',
  '-c',
  'gc.auto=0',
]

/**
 * The files of a revision of the caller's repository, in a folder of their own. The repository stays as it is: the
 * files come by an index that lies in that folder, too. They are gone with this, and with this process.
 */
export class GitTree implements AsyncDisposable {
  /** The folder of the tree that the caller's folder corresponds to; the revision may not have it. */
  readonly directory: string
  /** The commit's full name. */
  readonly commit: string
  /** Of the caller's working tree. */
  readonly toplevel: string
  /** Submodules of the revision whose files are not to be had here, by their paths from the top. */
  readonly missing: readonly string[]
  readonly #folder: TemporaryFolder

  private constructor(folder: TemporaryFolder, found: Pick<GitTree, 'directory' | 'commit' | 'toplevel' | 'missing'>) {
    this.#folder = folder
    this.directory = found.directory
    this.commit = found.commit
    this.toplevel = found.toplevel
    this.missing = found.missing
  }

  /**
   * @param revision as gitrevisions(7) has it. @param directory the caller's, in a working tree.
   * @throws HarnessError (`input`) if there is no repository, or no such commit in it; (`machine`) without git.
   */
  static async create(revision: string, directory: string): Promise<GitTree> {
    const source = `git:${revision}`
    if (revision === '' || revision.startsWith('-'))
      throw inputError(source, 'names no revision', 'write git:HEAD, or a branch, tag or commit')
    const [toplevel = '', prefix = ''] = (
      await git(source, directory, ['rev-parse', '--show-toplevel', '--show-prefix'])
    ).split('\n')
    const commit = await commitOf(source, directory, revision)
    await using teardown = new AsyncDisposableStack()
    const folder = teardown.use(new TemporaryFolder())
    const tree = join(folder.path, 'tree')
    const missing = await checkOut(source, {
      repository: toplevel,
      commit,
      into: tree,
      index: join(folder.path, 'index'),
    })
    teardown.move()
    return new GitTree(folder, { directory: join(tree, prefix), commit, toplevel, missing })
  }

  /** Whether the caller's working tree has the files of the revision and no others, but for those that git ignores. */
  async isCheckedOut(): Promise<boolean> {
    const source = `git:${this.commit}`
    const ask = (...args: readonly string[]): Promise<string> => git(source, this.toplevel, args)
    const changed = await ask('diff', '--name-only', '--no-ext-diff', '--no-textconv', this.commit, '--')
    return changed === '' && (await ask('ls-files', '--others', '--exclude-standard')) === ''
  }

  /**
   * What git knows of a file or folder of the caller's that the revision has not: it is to be in the next one
   * (`tracked`), never (`ignored`), or nobody has said.
   * @param path relative to `directory`, the caller's own.
   */
  async standing(directory: string, path: string): Promise<'tracked' | 'ignored' | 'untracked'> {
    const list = (...options: readonly string[]): Promise<string> =>
      git(`git:${this.commit}`, directory, ['ls-files', ...options, '--', path])
    if ((await list('--cached')) !== '') return 'tracked'
    return (await list('--others', '--exclude-standard')) === '' ? 'ignored' : 'untracked'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]()
  }
}

interface CheckOut {
  /** The working tree of the repository that has the commit. */
  repository: string
  commit: string
  /** Where its files are put. */
  into: string
  /** The file of an index for that. */
  index: string
}

/**
 * Puts the files of a commit into a folder, with those of its submodules, of which the caller's working tree has the
 * repositories.
 * @returns paths of submodules that cannot be had, from the commit's top: they are not checked out here, or have not
 *   the commit.
 */
async function checkOut(source: string, { repository, commit, into, index }: CheckOut): Promise<string[]> {
  const own = { GIT_INDEX_FILE: index }
  await git(source, repository, ['read-tree', commit], own)
  await git(source, repository, ['checkout-index', '--all', `--prefix=${into}/`], own)
  const missing: string[] = []
  // A submodule is an entry of a tree that names a commit (gitmodules(5)).
  for (const entry of (await git(source, repository, ['ls-tree', '-r', '-z', commit])).split('\0')) {
    const [, wanted, path] = /^160000 commit ([\da-f]+)\t(.*)$/s.exec(entry) ?? []
    if (wanted === undefined || path === undefined) continue
    const below = { repository: join(repository, path), commit: wanted, into: join(into, path), index: `${index}-1` }
    const found = (await hasCommit(source, below)) ? await checkOut(source, below) : ['']
    missing.push(...found.map((deeper) => join(path, deeper)))
  }
  return missing
}

/** Whether there is a repository of its own in that folder, with that commit. */
async function hasCommit(source: string, { repository, commit }: CheckOut): Promise<boolean> {
  // A folder without one would be taken for a part of the repository around it.
  if (!existsSync(join(repository, '.git'))) return false
  try {
    await git(source, repository, ['cat-file', '-e', `${commit}^{commit}`])
    return true
  } catch (error) {
    if (!(error instanceof HarnessError) || error.fault !== 'input') throw error
    return false
  }
}

async function commitOf(source: string, directory: string, revision: string): Promise<string> {
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  try {
    return (await git(source, directory, asked)).trim()
  } catch (error) {
    if (!(error instanceof HarnessError) || error.fault !== 'input') throw error
    const isShallow = (await git(source, directory, ['rev-parse', '--is-shallow-repository'])).trim() === 'true'
    throw inputError(
      source,
      'there is no such commit here',
      isShallow
        ? 'fetch it: this clone is shallow, as that of a job is (actions/checkout: fetch-depth: 0)'
        : 'git branch --all and git tag name what there is',
    )
  }
}

async function git(source: string, cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const finished = await runGuarded('git', [...settings, ...args], {
    cwd,
    env: { ...ownEnvironment(), ...env },
    input: '',
    ...limits,
  })
  const { exitCode, stdout, stderr, failure, notStarted } = finished
  if (exitCode === 0) return stdout
  if (notStarted) throw new HarnessError('machine', `${source} needs git, which is not there`, { hint: 'install git' })
  const said = (stderr.trim().split('\n')[0] ?? '')
    .replace(/\p{Cc}/gu, ' ')
    .replace(/^fatal: /, '')
    .slice(0, 200)
  if (/not a git repository/.test(said)) throw inputError(source, `${cwd} is in no git repository`)
  throw inputError(source, failure ?? said)
}

/** A hook's environment names another index and work tree than the caller's folder has. */
const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || name.startsWith('GIT_CONFIG')),
  )
