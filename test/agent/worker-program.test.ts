import t from 'tap'
import { ownLibraries } from '../../harness/agent/worker-program.ts'

t.test('libraries are brought along that are not in the folders of the system', async (t) => {
  const line = (file: string): string => `7f00-7f01 r-xp 00000000 08:01 42                         ${file}`
  const files = [
    '/usr/lib/x86_64-linux-gnu/libc.so.6',
    '/lib64/ld-linux-x86-64.so.2',
    '/home/ann/lib/libnode.so.137',
    '/home/ann/bin/node',
    '[vdso]',
  ]
  t.same(ownLibraries([...files, '/home/ann/lib/libnode.so.137'].map(line).join('\n')), ['/home/ann/lib/libnode.so.137'])
})
