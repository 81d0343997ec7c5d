import t from 'tap'
import { findMesh, newestRelease } from '../../../harness/mesh/index.ts'
import { osm } from '../../../harness/mesh/osm/index.ts'

t.test('the proxy, its ports and its families', async (t) => {
  const tcp = { protocol: 'tcp', on: 'any' } as const
  t.strictSame(osm.profile('1.2'), {
    mesh: 'osm',
    release: '1.2',
    proxy: { uid: 1500, gid: 0, groups: [] },
    spares: { uids: [1500], gids: [] },
    listeners: [
      { ...tcp, name: 'outbound', port: 15001, captures: 'outbound', speaks: 'relay' },
      { ...tcp, name: 'inbound', port: 15003, captures: 'inbound', speaks: 'relay' },
      { ...tcp, name: 'admin', port: 15000, on: 'loopback', speaks: 'admin' },
      { ...tcp, name: 'metrics', port: 15010, speaks: 'http' },
      ...[15901, 15902, 15903, 15904].map((port) => ({ ...tcp, name: 'probe', port, speaks: 'http' })),
    ],
    families: ['ipv4'],
    dialsOn: { inbound: 'loopback', outbound: 'service' },
    beside: { rules: [], routes: [], loopbackAddresses: [] },
    leftAlone: { inbound: [15010, 15901, 15902, 15903, 15904], outbound: [] },
    ownAddress: { app: 'direct', proxy: 'inbound' },
  })
})

t.test('era F has no TCP health check', async (t) => {
  const { listeners, leftAlone } = osm.profile('0.11')
  t.strictSame(
    listeners.filter(({ name }) => name === 'probe').map(({ port }) => port),
    [15901, 15902, 15903],
  )
  t.strictSame(leftAlone.inbound, [15010, 15901, 15902, 15903])
})

t.test('releases with the same text resolve to the one that is built in', async (t) => {
  for (const release of ['0.9', '0.9.1', '0.10', '0.11', '0.11.1'])
    t.equal(osm.profile(release).release, '0.11', release)
  for (const release of ['1.1', '1.1.1', '1.2', '1.2.0', '1.2.4']) t.equal(osm.profile(release).release, '1.2', release)
})

t.test('releases with another text are refused', async (t) => {
  for (const release of ['0.8', '0.9.0', '0.11.2', '1.0.1', '1.1.0', '1.2.5', '1.3', '1', '', 'main', 'v1.2']) {
    t.throws(
      () => osm.profile(release),
      { fault: 'input', message: /^osm@.*: this release of OSM is not built in/ },
      release,
    )
  }
})

t.test('meshes by name', async (t) => {
  t.equal(findMesh('osm'), osm)
  t.equal(newestRelease(osm), '1.2')
  t.throws(() => findMesh('nomesh'), { fault: 'input', message: /^nomesh: no mesh/ })
})
