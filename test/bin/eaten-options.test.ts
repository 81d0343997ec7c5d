import t from 'tap'
import { eatenOption, optionsOf } from '../../harness/bin/eaten-options.js'
import { commands } from '../../harness/cli/commands.ts'
import { Checkout } from './checkout.ts'

t.test(
  'an option that npm has kept for itself is named, with how to write it, before anything is installed',
  async (t) => {
    const env = { npm_command: 'start', npm_lifecycle_event: 'start', npm_config_iptables: 'true' }
    const { status, stdout, stderr, calls } = new Checkout(t).run(['run', 'nft'], { env })
    t.equal(
      stderr,
      "sidetrack: --iptables: npm has kept it for itself; write '--' before the options: npm start -- --iptables …\n",
    )
    t.same({ status, stdout, calls }, { status: 2, stdout: '', calls: '' })
  },
)

t.test('the options of every command are known before the command is loaded', async (t) => {
  for (const [name, load] of Object.entries(commands)) {
    t.same([...(optionsOf[name] ?? [])].sort(), Object.keys((await load()).options).sort(), name)
  }
  t.same(Object.keys(optionsOf).sort(), Object.keys(commands).sort())
})

t.test('a name of several words is one to npm too', async (t) => {
  const environment = {
    npm_command: 'run-script',
    npm_lifecycle_event: 'sidetrack',
    npm_config_keep_evidence: 'always',
  }
  t.match(eatenOption('run', environment), /^--keep-evidence: .*: npm run sidetrack -- --keep-evidence …$/)
})

t.test('what is set for npm itself, for another command, or by hand, is nothing of ours', async (t) => {
  t.equal(eatenOption('run', { npm_command: 'start', npm_config_jobs: '4', npm_config_loglevel: 'error' }), undefined)
  t.match(eatenOption('run', { npm_command: 'start', npm_config_jobs: 'true' }), /^--jobs: /)
  t.equal(eatenOption('run', { npm_command: 'run', npm_config_json: 'true' }), undefined)
  t.equal(eatenOption('run', { npm_config_keep_evidence: 'always' }), undefined, 'not under npm')
  t.equal(eatenOption('run', { npm_command: 'exec', npm_config_keep_evidence: 'always' }), undefined, 'npx')
  t.equal(eatenOption('toString', { npm_command: 'run', npm_config_json: 'true' }), undefined, 'no command')
})
