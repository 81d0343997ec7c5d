import t from 'tap'
import { formatFlow } from '../../../harness/flow/flow.ts'
import { meshes } from '../../../harness/mesh/index.ts'
import { readBug } from '../../../harness/scenario/bugs/read-bug.ts'

const file = '/bugs/some.yaml'

const head = `schema: sidetrack.bug/1
reports: [istio/istio#1]
says: Something goes past the proxy.
state: open
mesh: istio
`
const sides = `broken:
  release: '1.31'
mended:
  rules: |
    *nat
    -A OUTPUT -p tcp -j REDIRECT --to-ports 15001
    COMMIT
`
const flow = "  - { from: app, tcp: '203.0.113.10:80', broken: direct, right: { redirected: outbound } }\n"
const whole = `${head}${sides}flows:\n${flow}`

/** What is wrong with a text: a line each. */
function wrong(text: string): string[] {
  const read = readBug(file, text)
  return 'issues' in read
    ? read.issues.map(({ line, what, hint }) => [line ?? [], what, hint ?? []].flat().join(': '))
    : []
}

function scenariosOf(text: string) {
  const read = readBug(file, text)
  return 'scenarios' in read ? read.scenarios : []
}

t.test('a bug file is two scenarios with the same flows', async (t) => {
  const [broken, mended, ...more] = scenariosOf(whole)
  t.same(more, [])
  t.match(broken, {
    title: 'broken',
    location: { file, line: 6 },
    mesh: 'istio',
    rules: { kind: 'config', config: {} },
    releases: { from: '1.31', to: '1.31' },
    flows: [{ location: { file, line: 14 }, expected: { verdict: 'direct' } }],
    bug: { reports: ['istio/istio#1'], says: 'Something goes past the proxy.', state: 'open' },
  })
  t.match(mended, {
    title: 'mended',
    location: { file, line: 8 },
    rules: { kind: 'text', isPasted: true, text: /^\*nat\n-A OUTPUT/ },
    releases: {},
    flows: [{ expected: { verdict: 'redirected', listener: 'outbound' } }],
    bug: { text: { line: 10, column: 4 } },
  })
})

t.test('every kind of flow and verdict is read', async (t) => {
  const flows = `flows:
  - { from: { uid: 5, groups: [9, 5, 7] }, udp: 'peer:53', sourcePort: 4000, mark: 7, broken: dropped, right: { refused: peer } }
  - { from: remote, on: net1, tcp: 'pod.net1:80', http: true, broken: { translated: '10.244.0.5:81', then: [app] }, right: { direct: app, source: 10.0.0.1 } }
  - { from: inner, ping: 203.0.113.10, broken: looped, right: { captured: inbound, source: client } }
  - { from: root, tcp: 'lo:80', serverFirst: true, bindToDevice: lo, broken: refused, right: direct }
  - { from: remote, tcp: 'pod:80', raw: 'FIN,ACK', broken: refused, right: dropped }
`
  const [broken, mended] = scenariosOf(`${head}interfaces: [net1]\ninner: true\n${sides}${flows}`)
  t.same(
    broken?.flows.map(({ flow }) => formatFlow(flow)),
    [
      '5:5+7+9-udp-peer:53-from-:4000-mark-0x7',
      'remote.net1-tcp(http)-pod.net1:80',
      'app.inner-icmp-203.0.113.10',
      'root-tcp(server-first)-lo:80-dev-lo',
      'remote-tcp(raw=FIN,ACK)-pod:80',
    ],
  )
  t.same(
    broken?.flows.map(({ expected }) => expected),
    [
      { verdict: 'dropped' },
      { verdict: 'translated', to: '10.244.0.5:81', then: ['app'] },
      { verdict: 'looped' },
      { verdict: 'refused' },
      { verdict: 'refused' },
    ],
  )
  t.same(
    mended?.flows.map(({ expected }) => expected),
    [
      { verdict: 'refused', refusedBy: 'peer' },
      { verdict: 'direct', answeredBy: 'app', source: '10.0.0.1' },
      { verdict: 'captured', listener: 'inbound', source: 'client' },
      { verdict: 'direct' },
      { verdict: 'dropped' },
    ],
  )
})

t.test('all that is wrong with a file is told at once, by line, with the nearest right name', async (t) => {
  t.same(
    wrong(`schema: sidetrack.bug/2
reports: [an issue]
says: ''
state: opne
mesh: istoi
intrefaces: [net1]
broken:
  relase: '1.31'
mended:
  config: [1]
flows:
  - { from: appp, tcp: '203.0.113.10', broken: redirected, right: { redirected: outbuond } }
  - { form: app, tcp: '203.0.113.10:80', broken: direct, right: { direct: app, refused: pod } }
  - { from: app, tcp: '203.0.113.10:80', udp: '203.0.113.10:80', broken: direct, right: dropped }
`),
    [
      "1: schema: is not 'sidetrack.bug/1'",
      '2: reports.0: is no report: write OWNER/REPOSITORY#NUMBER or https://…',
      '3: says: says nothing',
      "4: state: 'opne' is none of fixed, avoidable, open, did you mean 'open'?",
      `5: mesh: 'istoi' is none of ${[...meshes.keys()].join(', ')}, did you mean 'istio'?`,
      "6: intrefaces: no such field, did you mean 'interfaces'?",
      "8: broken.relase: no such field, did you mean 'release'?",
      '10: mended.config: a list is no object',
      "12: flows.0.from: 'appp' is none of app, proxy, root, remote, inner, did you mean 'app'?",
      "12: flows.0.tcp: '203.0.113.10' needs a port between 1 and 65535",
      "12: flows.0.broken: 'redirected' is none of direct, refused, dropped, looped; others are written { redirected: outbound }",
      "12: flows.0.right.redirected: 'outbuond' is none of outbound, inbound, dns, did you mean 'outbound'?",
      '13: flows.1.right: says not one but several of redirected, captured, direct, translated, refused',
      "13: flows.1.form: no such field, did you mean 'from'?",
      '14: flows.2: needs one destination, such as tcp: 203.0.113.10:80; udp and ping are the others',
    ],
  )
})

t.test('what the fields together do not allow is told as well', async (t) => {
  t.same(wrong(`${head}${sides}flows:\n${flow}${flow}`), [
    '15: app-tcp-203.0.113.10:80 stands twice in this scenario: keep one of them',
  ])
  t.match(wrong(`${head}${sides}flows:\n${flow.replace('from: app', 'from: remote, on: net1')}`), [
    /^14: remote\.net1-.* names interface net1, which the scenario does not have/,
  ])
  t.match(wrong(`${head.replace('istio\n', 'telepresence\n')}${sides}flows:\n${flow}`), [
    /^14: Telepresence has no listener 'outbound'/,
  ])
  t.match(wrong(`${head}${sides}flows:\n${flow.replace('{ redirected: outbound }', 'direct')}`), [
    /^13: flows: of none is the broken verdict another/,
  ])
})

t.test('a text that is no plain, small YAML is refused', async (t) => {
  t.match(wrong(`${whole}again: &a [1]\nmore: *a\n`), [/alias/])
  t.match(wrong(whole.replace('says: ', 'says: !!js/function ')), [/^3: is no YAML that is read here: Unresolved tag/])
  t.match(wrong(whole.replace('state: open', 'state: open\nstate: open')), [
    /^5: is no YAML that is read here: Map keys must be unique/,
  ])
  t.match(wrong('a: [1\n'), [/^\d: is no YAML that is read here/])
  t.match(wrong(`a: ${'['.repeat(20_000)}`), [/is nested too deep|is no YAML/])
  t.match(wrong('#'.repeat(300_000)), [/^is larger than 262144 bytes$/])
  t.match(wrong('\n'.repeat(6_000)), [/^has 6001 lines; 5000 are read$/])
  t.same(wrong(''), ['is empty'])
  const many = Array.from({ length: 101 }, (_, port) => flow.replace(':80', `:${port + 1}`)).join('')
  t.match(wrong(`${head}${sides}flows:\n${many}`), [/^13: flows: a bug file has at most 100 flows$/])
})

t.test('nothing of a file is passed over', async (t) => {
  t.match(wrong(`${whole}---\n${whole}`), [/^15: is no YAML that is read here: Source contains multiple documents/])
  t.same(wrong('# nothing yet\n'), ['is empty'])
  t.same(wrong(whole.replace("'1.31'", "'1.9'")), [
    '7: broken.release: Istio has no such release here: 1.9: known are 1.5, 1.17, 1.31',
  ])
  t.same(wrong(whole.replace("'1.31'", "'1.0'").replace('mesh: istio', 'mesh: kuma')), [
    '7: broken.release: releases of Kuma are not told apart: leave it out',
  ])
  t.same(wrong(whole.replace("'1.31'", '1.30')), ['7: broken.release: 1.3 is no text: put it in quotes'])
  t.match(wrong(whole.replace('right:', 'serverFirst: true, raw: FIN, right:')), [/nobody talks over a raw segment/])
  t.match(wrong(whole.replace('tcp:', 'raw: FIN, udp:')), [/raw: is a segment of TCP/])
})
