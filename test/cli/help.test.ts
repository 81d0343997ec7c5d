import t from 'tap'
import { commands } from '../../harness/cli/commands.ts'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

t.test('help names every command', async (t) => {
  const { status, stdout } = sidetrack(['--help'])
  t.equal(status, 0)
  for (const name of Object.keys(commands)) t.match(stdout, new RegExp(`^  ${name} `, 'm'))
})

t.test("a command's help names each of its options with its value", async (t) => {
  for (const [name, load] of Object.entries(commands)) {
    const { options } = await load()
    const { status, stdout } = resident([name, '--help'])
    t.equal(status, 0)
    for (const [option, { value }] of Object.entries(options))
      t.ok(stdout.includes(`  --${[option, value].filter(Boolean).join(' ')} `), `${name} --${option}`)
  }
})

t.test("the version is the package's", async (t) => {
  t.match(sidetrack(['--version']), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
})
