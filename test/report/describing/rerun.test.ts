import { execFileSync } from 'node:child_process'
import t from 'tap'
import { rerunCommand } from '../../../harness/report/describing/rerun.ts'
import { context, passed } from '../example.ts'

t.test('a shell and a regular expression lead back to the check, whatever its id', async (t) => {
  for (const id of ["osm/it's/a $(b) `c` [d]+(1)/app-tcp-[2001:db8::1]:80/nft/ipv6", 'osm/a/b\\c|d^e$/ping']) {
    const command = rerunCommand({ ...passed.check, id }, { ...context, program: 'printf "%s\\n"' })
    const [run, file, option, expression = '', ...rest] = execFileSync('sh', ['-c', command], { encoding: 'utf8' })
      .trimEnd()
      .split('\n')
    t.same([run, file, option, ...rest], ['run', 'scenarios/osm/exclusions.ts', '--grep', '--iptables', 'nft'])
    t.match(id, new RegExp(expression))
    t.notMatch(`${id}x`, new RegExp(expression))
  }
})

t.test('options that choose the rules come along', async (t) => {
  const command = rerunCommand(passed.check, { ...context, carried: ['--rules', 'exec:./build me'] })
  t.match(command, "--rules 'exec:./build me'")
})
