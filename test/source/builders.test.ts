import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { printTree } from '../../harness/iptables/syntax/print.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { parseSource } from '../../harness/source/parse.ts'
import { request } from './request.ts'

const folder = join(import.meta.dirname, '../builders')

/** What stands in the kernel by an example's rules for two excluded ports. */
async function loaded(command: string): Promise<string> {
  const rules = await parseSource(`exec:${command}`, folder).rules(request({ outboundPortExclusionList: [6379, 7070] }))
  return printTree(loadRules(rules ? [rules] : [], 'ipv4').tree)
}

const expected = loaded('./builder.py')

t.test('the example in Python makes the rules that it is asked for', async (t) => {
  t.match(
    await expected,
    /-A MESH_OUT -p tcp -m tcp --dport 7070 -j RETURN\n-A MESH_OUT -p tcp -j REDIRECT --to-ports 15001\n/,
  )
})

t.test('the one in shell makes the same', async (t) => t.equal(await loaded('./builder.sh'), await expected))

const hasGo = spawnSync('go', ['version']).status === 0
t.test('the one in Go makes the same', { skip: hasGo ? false : 'there is no Go here' }, async (t) => {
  const program = join(t.testdir(), 'builder')
  const { status, stderr } = spawnSync('go', ['build', '-o', program, join(folder, 'builder.go')], { encoding: 'utf8' })
  t.equal(status, 0, stderr)
  t.equal(await loaded(program), await expected)
})
