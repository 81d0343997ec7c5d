import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { GitTree } from '../../harness/source/git-tree.ts'

const git = (from: string, ...args: readonly string[]): string =>
  execFileSync(
    'git',
    [
      ...['user.name=a', 'user.email=a@example.org', 'commit.gpgsign=false', 'protocol.file.allow=always'].flatMap(
        (setting) => ['-c', setting],
      ),
      ...args,
    ],
    { cwd: from, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  )

function commit(from: string, name: string, text: string): void {
  writeFileSync(join(from, name), text)
  git(from, 'add', '.')
  git(from, 'commit', '-qm', name)
}

t.test('the files of submodules are those that the revision names, and what cannot be had is said', async (t) => {
  const place = t.testdir({ inner: {}, middle: {}, outer: {} })
  const [inner = '', middle = '', outer = ''] = ['inner', 'middle', 'outer'].map((name) => join(place, name))
  for (const folder of [inner, middle, outer]) git(folder, 'init', '-q')
  commit(inner, 'rules', 'first')
  git(middle, 'submodule', '--quiet', 'add', inner, 'deep down')
  commit(middle, 'builder', 'first')
  git(outer, 'submodule', '--quiet', 'add', middle, 'tools')
  git(outer, 'submodule', '--quiet', 'update', '--init', '--recursive')
  commit(outer, 'config', 'first')
  // The working tree goes on, and its submodule with it.
  commit(join(outer, 'tools'), 'builder', 'second')
  {
    await using tree = await GitTree.create('HEAD', outer)
    t.equal(readFileSync(join(tree.directory, 'tools/builder'), 'utf8'), 'first')
    t.equal(readFileSync(join(tree.directory, 'tools/deep down/rules'), 'utf8'), 'first')
    t.same(tree.missing, [])
    t.equal(await tree.isCheckedOut(), false)
  }
  rmSync(join(outer, 'tools/deep down'), { recursive: true })
  {
    await using tree = await GitTree.create('HEAD', outer)
    t.same(tree.missing, ['tools/deep down'])
    t.ok(existsSync(join(tree.directory, 'tools/builder')))
  }
  git(outer, 'submodule', '--quiet', 'deinit', '--force', '--all')
  {
    await using tree = await GitTree.create('HEAD', outer)
    t.same(tree.missing, ['tools'], 'not checked out at all')
    t.ok(existsSync(join(tree.directory, 'config')))
  }
  t.equal(git(outer, 'status', '--porcelain'), '', 'the repository is as it was')
})
