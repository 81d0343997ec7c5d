import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const git = (from: string, ...args: readonly string[]): string =>
  execFileSync(
    'git',
    [
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.org',
      '-c',
      'commit.gpgsign=false',
      '-c',
      'init.defaultBranch=main',
      ...args,
    ],
    { cwd: from, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  ).trim()

/** Commits of a repository: `base` is what the pull request's event names, `onto` what it is merged into. */
export interface PullRequest {
  origin: string
  base: string
  onto: string
  head: string
  merge: string
}

type Files = Readonly<Record<string, string>>

/**
 * A repository as GitHub holds it, with a fork's pull request: `main` has gone on since that was opened, and its merge is
 * a ref of its own.
 * @param place a folder that is there. @param first the files that all commits have; `later` what main changes
 *   afterwards, `change` what the fork does.
 */
export function pullRequest(place: string, first: Files, later: Files, change: Files): PullRequest {
  const work = join(place, 'work')
  mkdirSync(work)
  git(work, 'init', '-q')
  const base = commit(work, first)
  git(work, 'checkout', '-q', '-b', 'fork')
  const head = commit(work, change)
  git(work, 'checkout', '-q', 'main')
  const onto = commit(work, later)
  git(work, 'merge', '-q', '--no-ff', '-m', `Merge ${head} into ${onto}`, 'fork')
  const merge = git(work, 'rev-parse', 'HEAD')
  const origin = join(place, 'origin.git')
  git(place, 'init', '-q', '--bare', origin)
  git(work, 'push', '-q', origin, `${onto}:refs/heads/main`, `${head}:refs/pull/7/head`, `${merge}:refs/pull/7/merge`)
  return { origin, base, onto, head, merge }
}

/** A repository as GitHub holds it, with one commit for each of these changes. @returns its last commit. */
export function commitsOf(place: string, changes: readonly Files[]): { origin: string; last: string } {
  const work = join(place, 'work')
  mkdirSync(work)
  git(work, 'init', '-q')
  for (const files of changes) commit(work, files)
  const origin = join(place, 'origin.git')
  git(place, 'clone', '-q', '--bare', work, origin)
  return { origin, last: git(work, 'rev-parse', 'HEAD') }
}

/** As actions/checkout has it: one commit, or as many as `fetch-depth` says, and no branch. */
export function checkOut(origin: string, commit: string, workspace: string, depth = 1): void {
  mkdirSync(workspace, { recursive: true })
  git(workspace, 'init', '-q')
  git(workspace, 'remote', 'add', 'origin', `file://${origin}`)
  git(workspace, 'fetch', '-q', '--no-tags', `--depth=${depth}`, 'origin', commit)
  git(workspace, 'checkout', '-q', '--detach', 'FETCH_HEAD')
}

function commit(work: string, files: Files): string {
  for (const [name, text] of Object.entries(files)) {
    const file = join(work, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    if (text.startsWith('#!')) chmodSync(file, 0o755)
  }
  git(work, 'add', '.')
  git(work, 'commit', '-qm', Object.keys(files).join(', '))
  return git(work, 'rev-parse', 'HEAD')
}
