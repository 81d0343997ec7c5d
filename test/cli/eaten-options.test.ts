import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { refuseEaten } from '../../harness/cli/eaten-options.ts'
import { asHarnessError } from '../../harness/core/errors.ts'

const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')
const options = { 'keep-evidence': { help: '', read: () => '' }, jobs: { help: '', read: () => '' } }

/** What is said of options in this environment. */
function said(environment: NodeJS.ProcessEnv): string | undefined {
  try {
    refuseEaten(options, environment)
    return undefined
  } catch (thrown) {
    return asHarnessError(thrown).line
  }
}

t.test('an option that npm has kept for itself is named, with how to write it', async (t) => {
  const env = { ...process.env, npm_command: 'start', npm_lifecycle_event: 'start', npm_config_iptables: 'true' }
  const { status, stderr } = spawnSync(process.execPath, [entry, 'run', 'nft'], { encoding: 'utf8', env })
  t.equal(stderr, "sidetrack: --iptables: npm has kept it for itself; write '--' before the options: npm start -- --iptables …\n")
  t.equal(status, 2)
})

t.test('a name of several words is one to npm too', async (t) => {
  const environment = { npm_command: 'run-script', npm_lifecycle_event: 'sidetrack', npm_config_keep_evidence: 'always' }
  t.match(said(environment), /^--keep-evidence: .*: npm run sidetrack -- --keep-evidence …$/)
})

t.test('what is set for npm itself, or by hand, is nothing of ours', async (t) => {
  t.equal(said({ npm_command: 'start', npm_config_jobs: '4', npm_config_loglevel: 'error' }), undefined)
  t.match(said({ npm_command: 'start', npm_config_jobs: 'true' }), /^--jobs: /)
  t.equal(said({ npm_config_keep_evidence: 'always' }), undefined, 'not under npm')
  t.equal(said({ npm_command: 'exec', npm_config_keep_evidence: 'always' }), undefined, 'npx')
})
