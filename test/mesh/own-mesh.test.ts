import t from 'tap'
import { addMesh, findBuilder, findMesh, meshes } from '../../harness/mesh/index.ts'
import { type OwnMesh, readOwnMesh } from '../../harness/mesh/own-mesh.ts'

const plain: OwnMesh = {
  name: 'my-mesh',
  proxy: { uid: 7000, gid: 7001 },
  listeners: [{ name: 'outbound', port: 7001, captures: 'outbound', speaks: 'relay' }],
  families: ['ipv4'],
}
const read = (change: object = {}) => readOwnMesh('my.json', JSON.stringify({ ...plain, ...change }))

t.test('what is not said is what most meshes do', async (t) => {
  const { profile, ...mesh } = read()
  t.same(mesh, {
    name: 'my-mesh',
    title: 'my-mesh',
    chains: [],
    releases: [''],
    names: { listeners: ['outbound'], ports: [] },
  })
  t.same(profile(''), {
    mesh: 'my-mesh',
    release: '',
    proxy: { uid: 7000, gid: 7001, groups: [] },
    spares: { uids: [7000], gids: [] },
    listeners: [{ name: 'outbound', port: 7001, protocol: 'tcp', on: 'any', captures: 'outbound', speaks: 'relay' }],
    families: ['ipv4'],
    dialsOn: { inbound: 'loopback', outbound: 'service' },
    beside: { rules: [], routes: [], loopbackAddresses: [] },
    leftAlone: { inbound: [], outbound: [] },
  })
  t.throws(() => profile('1.0'), { fault: 'input', message: 'my-mesh@1.0: releases of my-mesh are not told apart' })
})

t.test('what is said stands', async (t) => {
  const own = {
    title: 'My mesh',
    chains: ['MY_'],
    spares: { uids: [], gids: [7001] },
    dialsOn: { inbound: { from: { ipv4: '127.0.0.6', ipv6: '::6' } }, outbound: 'service' },
    beside: { rules: [{ family: 'ipv4', fwmark: 1, table: 7 }], routes: [], loopbackAddresses: ['::6'] },
    leftAlone: { inbound: [7002], outbound: [22], ranges: ['169.254.169.254/32'] },
    onlyConfigured: ['inbound', 'dns'],
    dnsServers: ['127.0.0.153'],
    listeners: [{ name: 'dns', port: 5300, protocol: 'udp', on: '127.0.0.153', captures: 'dns', speaks: 'dns' }],
    ownAddress: { app: 'direct', proxy: 'inbound' },
  }
  const mesh = read(own)
  const { title, chains, ...promise } = own
  t.match(mesh, { title, chains })
  t.match(mesh.profile(''), promise)
})

t.test('all that is wrong is told at once, with the field and the nearest right name', async (t) => {
  const listener = { name: 'outbound', port: 7001, captures: 'outbound', speaks: 'relay' }
  const refused: readonly [change: object, message: RegExp][] = [
    [{ proxie: {} }, /^my\.json: proxie: no such field, did you mean 'proxy'\?$/],
    [{ proxy: { uid: -1, gid: 0 } }, /proxy\.uid: -1 is not a whole number from 0 to 4294967294/],
    [{ listeners: [{ ...listener, port: 70000 }] }, /listeners\.0\.port: 70000 is not a whole number from 1 to 65535/],
    [{ listeners: [{ ...listener, on: 'lo' }] }, /listeners\.0\.on: 'lo' is neither any, loopback nor an IP address/],
    [{ dnsServers: ['dns'] }, /dnsServers\.0: 'dns' is not an IP address/],
    [
      { listeners: [{ ...listener, name: 'peer' }] },
      /listeners\.0\.name: 'peer' stands for something else in a journey/,
    ],
    [{ listeners: [{ ...listener, name: 'envoy-x' }] }, /listeners\.0\.name: 'envoy-x' stands for something else/],
    [{ listeners: [{ ...listener, name: 'Out' }] }, /listeners\.0\.name: 'Out' is no name/],
    [{ listeners: [{ ...listener, speeks: 'http' }] }, /listeners\.0\.speeks: no such field, did you mean 'speaks'\?/],
    [{ families: [] }, /families: names no family/],
    [{ name: 'My mesh' }, /name: 'My mesh' is no name of a mesh, such as my-mesh/],
    [
      { families: ['ipv5'], proxy: 7 },
      /^my\.json: proxy: 7 is no object[^\n]*\nmy\.json: families\.0: 'ipv5' is none of ipv4, ipv6/,
    ],
  ]
  for (const [change, message] of refused)
    t.throws(() => read(change), { fault: 'input', message }, JSON.stringify(change))
  t.throws(() => readOwnMesh('my.json', '{'), { fault: 'input', message: /^my\.json: is not JSON/ })
})

t.test('it is known by its name, unless another one is', async (t) => {
  addMesh('my.json', read())
  t.equal(findMesh('my-mesh').title, 'my-mesh')
  addMesh('my.json', read({ title: 'Mine' }))
  t.equal(findMesh('my-mesh').title, 'Mine', 'it may be read again')
  t.throws(() => addMesh('my.json', read({ name: 'kuma' })), {
    fault: 'input',
    message: /'kuma' is a mesh that Sidetrack knows already/,
  })
  t.throws(() => findBuilder('my-mesh'), { fault: 'input', message: 'my-mesh: no builder for Mine is built in' })
  t.throws(() => findMesh('my-mes'), { fault: 'input', message: /^my-mes: no mesh/, hint: 'did you mean my-mesh?' })
})

t.test('the meshes that are data read as one of your own does', async (t) => {
  for (const mesh of [...meshes.values()].filter(({ releases }) => releases[0] === ''))
    t.ok(mesh.profile('').families.length > 0, mesh.name)
})
