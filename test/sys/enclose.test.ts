import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { spawnEnclosed } from '../../harness/sys/enclose.js'
import { writeProgram } from '../program.ts'

t.test('what is left when it does not start holds nobody up', { timeout: 20_000 }, async (t) => {
  // As unshare(1) of util-linux 2.41, whose helper waits for a namespace that is refused.
  const program = writeProgram(t, 'setpriv', '#!/bin/sh\nsleep 60 &\necho refused >&2\nexit 1\n')
  const child = spawnEnclosed(['true'], {
    env: { PATH: `${program.replace(/\/setpriv$/, '')}:${process.env['PATH']}` },
  })
  const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.match({ complaint, code }, { complaint: 'refused\n', code: 1 })
})
