import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import {
  lackOfFiles,
  noteDescriptor,
  requireNobodyHungUpOn,
  requireOpenFiles,
} from '../../../harness/sys/files/open-files.ts'

t.test('a limit that is too low says what is wrong, and how to mend it', (t) => {
  t.throws(() => requireOpenFiles(1, 256), {
    fault: 'machine',
    message: 'a process may have 256 files open here, and 1024 are needed',
    hint: /^raise the limit, as with `ulimit -n 65536`/,
  })
  requireOpenFiles(4, 1024)
  requireOpenFiles(1000, Number.POSITIVE_INFINITY)
  t.throws(() => requireOpenFiles(64, 1024), {
    message: 'a process may have 1024 files open here, and 8704 are needed',
  })
  t.end()
})

t.test('whoever gets the last descriptor has none left for a caller', (t) => {
  noteDescriptor(1022, 1024)
  requireNobodyHungUpOn()
  noteDescriptor(1023, 1024)
  noteDescriptor(5, 1024)
  t.throws(() => requireNobodyHungUpOn(), {
    fault: 'machine',
    message: /^a process may have .* files open here, and has had them$/,
  })
  t.end()
})

t.test('an error for want of descriptors is told as that, and no other', (t) => {
  t.match(lackOfFiles(new Error('memfd_create: EMFILE')), {
    fault: 'machine',
    message: 'no more files can be opened here (memfd_create: EMFILE)',
  })
  t.equal(lackOfFiles(new Error('connect: ECONNREFUSED')), undefined)
  t.end()
})

t.test('the hard limit counts: the soft one is raised to it', (t) => {
  const module = join(import.meta.dirname, '../../../harness/sys/files/open-files.ts')
  const program = `import fs from 'node:fs'; import { openFilesLimit } from ${JSON.stringify(module)}; const soft = /^Max open files\\s+(\\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))[1]; console.log(openFilesLimit(), soft)`
  const limited = (limits: string) =>
    spawnSync('sh', ['-c', `${limits}; exec "$0" --input-type=module --eval "$1"`, process.execPath, program], {
      encoding: 'utf8',
    }).stdout.trim()
  t.equal(limited('ulimit -Sn 64; ulimit -Hn 2000'), '2000 2000', 'Node has raised it')
  t.end()
})
