import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { resident } from './resident.ts'

/** Rules of a mesh that nobody here knows, in a family's own words. */
const rules = (uid: number): string => `*nat
-A OUTPUT -p tcp -m owner --uid-owner ${uid} -j RETURN
-A OUTPUT -o lo -j RETURN
-A OUTPUT -p tcp -j REDIRECT --to-ports 7001
-A PREROUTING -p tcp --dport 7003 -j RETURN
-A PREROUTING -p tcp -j REDIRECT --to-ports 7002
COMMIT
`
const mesh = {
  $schema: 'https://example.org/mesh.json',
  name: 'my-mesh',
  title: 'My mesh',
  proxy: { uid: 7000, gid: 7000 },
  listeners: [
    { name: 'outbound', port: 7001, captures: 'outbound', speaks: 'relay' },
    { name: 'inbound', port: 7002, captures: 'inbound', speaks: 'relay' },
    { name: 'health', port: 7003, speaks: 'http' },
  ],
  families: ['ipv4'],
  leftAlone: { inbound: [7003], outbound: [] },
  ownAddress: { app: 'direct', proxy: 'direct' },
}

t.test("a builder of one's own mesh is held to what a file says of that", async (t) => {
  const from = t.testdir({ 'my-mesh.json': JSON.stringify(mesh), 'rules.txt': rules(7000), 'asked.txt': '' })
  writeFileSync(join(from, 'builder.sh'), '#!/bin/sh\ncat >>asked.txt\ncat rules.txt\n')
  const run = (...args: readonly string[]) =>
    resident(['run', '--mesh', './my-mesh.json', '--rules', 'exec:sh builder.sh', '--iptables', 'nft', ...args], {
      from,
    })
  const good = run()
  t.match(good, { status: 0, stdout: /\nproxy: My mesh \(UID 7000, GID 7000, 7001, 7002\), by --mesh\n/ })
  t.match(good.stdout, /\n\d\d checks, \d\d passed, 0 failed in /)
  t.match(JSON.parse(readFileSync(join(from, 'asked.txt'), 'utf8').split('\n')[0] ?? ''), {
    schema: 'sidetrack.config/1',
    mesh: 'my-mesh',
    config: {},
    family: 'ipv4',
    podIPs: ['10.244.0.5', 'fd00:10::5'],
  })
  writeFileSync(join(from, 'rules.txt'), rules(7001))
  const bad = run()
  t.equal(bad.status, 1)
  t.match(bad.stdout, /expected redirected to outbound, but it was looped to outbound; my-mesh\/conformance:1\n/)
  t.match(bad.stdout, /run conformance --grep .* --mesh \.\/my-mesh\.json --rules 'exec:sh builder\.sh'/)
  writeFileSync(join(from, 'my-mesh.json'), JSON.stringify({ ...mesh, prxy: {} }))
  t.match(run(), {
    status: 2,
    stdout: '',
    stderr: /^sidetrack: \.\/my-mesh\.json: prxy: no such field, did you mean 'proxy'\?\n$/,
  })
})

t.test('whose proxy is there is never assumed', async (t) => {
  const from = t.testdir({
    'kuma.txt': `*nat\n-N KUMA_MESH_OUTBOUND\n-A OUTPUT -p tcp -m owner ! --uid-owner 5678 -j REDIRECT --to-ports 15001\nCOMMIT\n`,
    'plain.txt': '*nat\n-A OUTPUT -p tcp -m owner ! --uid-owner 7 -j REDIRECT --to-ports 15001\nCOMMIT\n',
    'marked.txt':
      '*nat\n-A OUTPUT -m mark --mark 0xff -j RETURN\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n',
    'filter.txt': '*filter\n-A OUTPUT -d 203.0.113.10 -j DROP\nCOMMIT\n',
  })
  const flow = ['--uid', '1000', '--to', '203.0.113.10:80']
  const explain = (...args: readonly string[]) => resident(['explain', ...flow, ...args], { from })
  t.match(explain('--rules', 'file:kuma.txt'), {
    status: 0,
    stdout: /^Verdict: redirected.*\nproxy: Kuma, from KUMA_MESH_\* chains, 15001, UID 5678; --mesh chooses another\n/,
  })
  t.match(JSON.parse(explain('--rules', 'file:kuma.txt', '--json').stdout).proxy, {
    mesh: 'kuma',
    reason: 'rules',
    from: 'KUMA_MESH_* chains, 15001, UID 5678',
    outbound: 15001,
    inbound: 15006,
    listeners: [{ name: 'outbound', port: 15001 }, { name: 'inbound' }, { name: 'admin' }],
  })
  t.match(explain('--rules', 'file:plain.txt'), {
    status: 0,
    stdout:
      /^Verdict: redirected to the proxy's outbound listener \(15001\).*\nproxy: of no mesh that is known, from where the rules send to \(outbound 15001\) and whom they spare \(UID 7\); --mesh chooses another\n/,
  })
  t.match(explain('--rules', 'file:filter.txt'), {
    status: 0,
    stdout: /^Verdict: dropped.*\nproxy: none, from rules that send nothing to a port of the pod; --mesh/,
  })
  t.match(JSON.parse(explain('--rules', 'file:filter.txt', '--json').stdout).proxy, { mesh: 'none', listeners: [] })
  t.match(explain('--rules', 'file:marked.txt'), {
    status: 2,
    stdout: '',
    stderr:
      /^sidetrack: marked\.txt: nobody can tell whose proxy these rules are for: they redirect to 15001, .*; add --mesh /,
  })
  t.match(explain('--rules', 'exec:true'), {
    status: 2,
    stdout: '',
    stderr: /^sidetrack: exec:true: does not tell whose proxy .*--mesh/,
  })
  t.match(explain('--rules', 'osm', '--mesh', 'kuma'), {
    status: 2,
    stderr: /^sidetrack: --mesh: says Kuma, but osm makes rules for OSM/,
  })
  t.match(explain('--rules', 'kuma'), {
    status: 2,
    stderr: /^sidetrack: kuma: no builder for Kuma is built in; write --rules 'exec:/,
  })
  t.match(resident(['run', 'outbound', '--rules', 'osm', '--mesh', 'kuma'], { from }), {
    status: 2,
    stderr: /says Kuma/,
  })
})
