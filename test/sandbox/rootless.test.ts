import t from 'tap'
import { asOrdinaryUser } from '../helpers/ordinary-user.ts'

t.jobs = 2

// Where an ordinary user runs the tests these run twice; where root does, they run as both.
for (const name of ['killed', 'confined', 'verdicts', 'identities', 'proxy-down', 'host', 'send-buffer']) {
  const { command, args } = asOrdinaryUser(`test/sandbox/${name}.test.ts`)
  t.spawn(command, args, { buffered: true }, `${name}, as an ordinary user`)
}
