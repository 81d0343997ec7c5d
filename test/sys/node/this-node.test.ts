import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runtime } from '../../../harness/sandbox/container/container-contents.ts'
import { nodeIn, thisNode } from '../../../harness/sys/node/this-node.ts'

t.test('a Node that was started by itself is started again so', (t) => {
  t.same(thisNode, [process.execPath])
  t.end()
})

t.test(
  'one that was brought along with its loader is started by that, and what it starts hears nothing of it',
  async (t) => {
    const folder = t.testdir({})
    const brought = join(folder, 'runtime')
    mkdirSync(brought)
    const { programs } = runtime()
    for (const { source, target } of programs) copyFileSync(source, target.replace(/^.*\/runtime/, brought))
    const [loader, ...args] = nodeIn(brought)
    const module = join(import.meta.dirname, '../../../harness/sys/node/this-node.ts')
    const program = `
    const { thisNode } = await import(${JSON.stringify(module)})
    const { getpgrp } = await import(${JSON.stringify(module.replace('node/this-node', 'libc/libc'))})
    const { sharedObjects } = process.report.getReport()
    console.log(JSON.stringify({ thisNode, sharedObjects, execPath: process.execPath, group: getpgrp(), env: process.env }))`
    const said = execFileSync(loader, [...args, '--input-type=module', '--eval', program], { encoding: 'utf8' })
    const { sharedObjects, env, group, ...rest } = JSON.parse(said)
    t.same(rest, { thisNode: nodeIn(brought), execPath: join(brought, 'node') })
    t.same(
      Object.keys(env).filter((name) => name.startsWith('LD_')),
      [],
    )
    t.type(group, 'number', 'koffi finds the one of its libraries that fits; 0 is a group of outside its PID namespace')
    const foreign = sharedObjects.filter((file: string) => /^\/.*\.so(\.\d+)*$/.test(file) && !file.startsWith(brought))
    t.same(foreign, [], 'nothing of this system is loaded')
  },
)
