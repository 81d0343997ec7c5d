import t from 'tap'
import { commands } from '../../harness/cli/commands.ts'
import { commandHelp, overview } from '../../harness/cli/help.ts'
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

t.test('a terminal gets lines that fit it, with the same words', async (t) => {
  const loaded = await Promise.all(Object.entries(commands).map(async ([name, load]) => [name, await load()] as const))
  const words = (text: string) => text.split(/\s+/)
  const helps = [
    (width?: number) => overview(loaded, width),
    ...loaded.map(
      ([name, command]) =>
        (width?: number) =>
          commandHelp(name, command, width),
    ),
  ]
  for (const help of helps)
    for (const width of [40, 80, 132]) {
      const text = help(width)
      t.same(words(text), words(help()), 'no word is lost')
      // A word, a name with its value, and a command to be pasted stay whole.
      const wide = text
        .split('\n')
        .filter((line) => line.length > width && !/^(Usage: | {2}\S+( \S+)*$|\s*\S+$)/.test(line))
      t.same(wide, [], `${width} columns`)
    }
})

t.test("the version is the package's", async (t) => {
  t.match(sidetrack(['--version']), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
})
