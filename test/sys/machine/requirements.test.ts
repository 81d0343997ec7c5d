import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findTool, installCommand, missingTools, requirements } from '../../../harness/sys/machine/requirements.js'

function folderWith(t: Test, ...tools: string[]): string[] {
  const folder = t.testdir(Object.fromEntries(tools.map((tool) => [tool, ''])))
  for (const tool of tools) chmodSync(join(folder, tool), 0o755)
  return [folder]
}

const everything = requirements.map(({ tool }) => tool)

t.test('nothing is missing where everything is there', async (t) => {
  t.same(missingTools(['nft', 'legacy', 'rootless', 'shell', 'tests'], folderWith(t, ...everything)), [])
})

t.test('each tool is missed by name', async (t) => {
  for (const tool of everything) {
    const folders = folderWith(t, ...everything.filter((other) => other !== tool))
    t.same(
      missingTools(['nft', 'legacy', 'rootless', 'shell', 'tests'], folders).map((missing) => missing.tool),
      [tool],
    )
  }
})

t.test('what a run does not use is not missed', async (t) => {
  const folders = folderWith(
    t,
    ...everything.filter((tool) => !tool.includes('legacy') && !tool.startsWith('new') && tool !== 'python3'),
  )
  t.same(missingTools(['nft'], folders), [])
})

t.test('a file that cannot be run is no tool', async (t) => {
  t.equal(findTool('ip', [t.testdir({ ip: '' })]), undefined)
  t.equal(findTool('ip', [t.testdir({ ip: {} })]), undefined)
})

t.test('one command installs everything, each package once, by the manager that is there', async (t) => {
  const missing = missingTools(['nft', 'legacy', 'rootless', 'shell', 'tests'], [])
  t.same(
    installCommand(missing, folderWith(t, 'apt-get'))?.join(' '),
    'apt-get install -y --no-install-recommends iproute2 util-linux mount iptables uidmap python3',
  )
  t.same(installCommand(missing, folderWith(t, 'dnf'))?.slice(0, 3), ['dnf', 'install', '-y'])
  t.equal(installCommand(missing, []), undefined)
})
