import { spawnSync } from 'node:child_process'
import t from 'tap'
import { asUserInClosedFolder } from '../helpers/ordinary-user.ts'

const isRoot = process.getuid?.() === 0

t.test(
  'identities work although they cannot enter the folder that Sidetrack and its Node are in',
  { skip: !isRoot && 'only root can give a folder to another group' },
  async (t) => {
    const { command, args } = asUserInClosedFolder(
      'harness/bin/sidetrack.js',
      'run',
      'osm/loopback-and-self',
      '--grep',
      'app-tcp',
    )
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    t.match(stdout, /without root/)
    t.match(stdout, /\n(\d+) checks, \1 passed, 0 failed in /)
    t.same({ status, stderr }, { status: 0, stderr: '' })
  },
)
