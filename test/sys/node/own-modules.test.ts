import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { withOwnModules } from '../../../harness/sys/node/with-own-modules.ts'

t.test('modules of ours are where they are named, and others where Node finds them', async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sidetrack-test-')))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const real = write('real.js', 'export const here = import.meta.url\n')
  write('package.json', '{"type":"module"}')
  symlinkSync(real, join(folder, 'link.js'))
  const ours = pathToFileURL(join(import.meta.dirname, '../../../harness/core/address.ts')).href
  const main = write(
    'main.js',
    `import { here } from './link.js'
import { addressBytes } from '${ours}'
console.log(here, addressBytes('10.0.0.1').length)
`,
  )
  const { stdout, stderr } = spawnSync(process.execPath, [...withOwnModules, main], { encoding: 'utf8' })
  t.equal(stdout, `${pathToFileURL(real).href} 4\n`, stderr)
})
