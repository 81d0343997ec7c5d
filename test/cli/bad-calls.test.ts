import t from 'tap'
import { writeProgram } from '../helpers/write-program.ts'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const calls: readonly [args: string, line: RegExp][] = [
  ['walk', /^sidetrack: walk: no such command; '.*--help' lists/],
  ['run --split 1/2', /^sidetrack: --split: 'run' has no such option; '.* run --help' lists/],
  [
    'explain --fmily ipv6',
    /^sidetrack: --fmily: 'explain' has no such option; did you mean --family\? '.* explain --help' lists/,
  ],
  ['rnu', /^sidetrack: rnu: no such command; did you mean run\? '.*--help' lists/],
  ['run --shard 0/3', /^sidetrack: --shard: '0\/3' is not I\/N with I from 1 to N, such as 1\/3\n/],
  ['run --shard 4/3', /^sidetrack: --shard: '4\/3' is not I\/N/],
  ['run --shard x', /^sidetrack: --shard: 'x' is not I\/N/],
  ['merge', /^sidetrack: merge: names no report; write merge REPORT/],
  ['merge none.json', /^sidetrack: none.json: no such file\n/],
  ['run --iptables nftables', /^sidetrack: --iptables: 'nftables' is none of nft, legacy, all\n/],
  ['run --family 4', /^sidetrack: --family: '4' is none of ipv4, ipv6, all\n/],
  ['run --grep [', /^sidetrack: --grep: Invalid regular expression/],
  [
    'run --timeout 10s',
    /^sidetrack: --timeout: '10s' is not a whole number of milliseconds from 1 to 86400000, such as 10000/,
  ],
  ['run --jobs 0', /^sidetrack: --jobs: '0' is not a whole number from 1/],
  ['run --repeat 1.5', /^sidetrack: --repeat: '1.5' is not a whole number/],
  ['run --rules', /^sidetrack: --rules: needs a value; write --rules SRC\n/],
  ['run --rules --bail', /^sidetrack: --rules: needs a value/],
  ['run --envoy ./none', /^sidetrack: --envoy: there is no .*none; name the Envoy program/],
  [
    'run --envoy image:-v',
    /^sidetrack: --envoy: '-v' is no image's name; name a file or an image, such as envoyproxy\/envoy/,
  ],
  ['run --envoy a,b', /^sidetrack: --envoy: 'a,b' is no image's name/],
  ['run --envoy .', /^sidetrack: --envoy: .* is not a program; chmod/],
  [
    'run --envoy /bin/true',
    /^sidetrack: --envoy: \/bin\/true is not Envoy; asked for its version it says: true \(GNU coreutils\)/,
  ],
  ['run --bail=yes', /^sidetrack: --bail: takes no value\n/],
  ['run --jobs 1 --jobs 2', /^sidetrack: --jobs: given twice\n/],
  ['run --reporter xml', /^sidetrack: --reporter: 'xml' is none of pretty, tap, json, junit, github, html\n/],
  ['run --reporter json=', /^sidetrack: --reporter: 'json=' names no file\n/],
  [
    'run --reporter tap --reporter json',
    /^sidetrack: --reporter: tap and json both write to standard output; give one a file/,
  ],
  [
    'run --reporter json=one --reporter junit=./one',
    /^sidetrack: --reporter junit=\.\/one: json is written there as well; give each a file/,
  ],
  ['run --reporter json=none/report', /^sidetrack: --reporter json=none\/report: its folder does not exist\n/],
  ['run --mesh nomesh', /^sidetrack: nomesh: no mesh of this name is known/],
  ['run --mesh osm@', /^sidetrack: --mesh: 'osm@' is not NAME\[@RELEASE\]\n/],
  ['run --config config.json', /^sidetrack: --config: no text is given; add --rules file:PATH\n/],
  [
    'run --rules osm@1.2 --config config.json',
    /^sidetrack: --config: osm@1.2 makes rules for the config of each scenario; leave it out\n/,
  ],
  ['run none.ts', /^sidetrack: none.ts: no such file or folder, and no scenario of that name; '.* list' shows/],
  ['list --json=1', /^sidetrack: --json: takes no value/],
  ['rules', /^sidetrack: --rules: is missing; write --rules SRC/],
  ['rules osm', /^sidetrack: osm: 'rules' takes options only/],
  [
    'rules --rules osm --config bare.json',
    /^sidetrack: bare.json: outboundPortExclusionList: no such field; .*; the mesh's options go into 'config': \{"config": \{"outboundPortExclusionList": …\}\}\n/,
  ],
  ['rules --rules osm --config wrong.json', /^sidetrack: wrong.json: schema: 'x' is not sidetrack\.config\/1\n/],
  ['rules --rules osm --config config.yaml', /^sidetrack: config.yaml: is not YAML: .* at line 2, column 1\n/],
  [
    'rules --rules file:typo.txt',
    /^sidetrack: typo.txt, line 2, column 18: no option --dprt is known to what is loaded here; did you mean --dport\?/,
  ],
  ['run bare.json', /^sidetrack: bare.json: is no scenario file by its name; those end with \.ts, /],
  ['run empty', /^sidetrack: no check is selected \(0 scenarios\); scenario files end with \.ts, /],
  [
    'gate --baseline osm --candidate osm@0.11 --configs none',
    /^sidetrack: --configs: none is not there; name a folder/,
  ],
  ['gate --baseline osm --candidate osm@0.11 --configs bare.json', /^sidetrack: --configs: bare.json is no folder/],
  [
    'gate --baseline osm --candidate osm@0.11 --approvals none.yaml',
    /^sidetrack: none.yaml: no such file; an empty one approves nothing; --approve makes it\n/,
  ],
  ['rules --rules osm --config none.json', /^sidetrack: none.json: no such file\n/],
  ['doctor --fix', /^sidetrack: --fix: 'doctor' has no such option/],
]

const from = t.testdir({
  'wrong.json': '{ "schema": "x" }',
  'bare.json': '{ "outboundPortExclusionList": [6379] }',
  'config.json': '{}',
  'config.yaml': 'config: [\n',
  'typo.txt': '*nat\n-A OUTPUT -p tcp --dprt 80 -j RETURN\nCOMMIT\n',
  empty: {},
})
for (const [args, line] of calls) {
  t.test(args, async (t) => {
    const { status, stdout, stderr } = resident(args.split(' '), { from })
    t.equal(status, 2)
    t.equal(stdout, '')
    t.match(stderr, line)
    t.equal(stderr.split('\n').length, 2, 'one line')
  })
}

t.test('run --envoy NAME is a file where there is one of that name', async (t) => {
  const { status, stderr } = sidetrack(['run', '--envoy', 'envoy'], { from: t.testdir({ envoy: '' }) })
  t.equal(status, 2)
  t.match(stderr, /^sidetrack: --envoy: \/.*\/envoy is not a program; chmod/)
})

t.test("what the terminal would obey is shown instead, such as a stranger's program says", async (t) => {
  const envoy = writeProgram(t, 'envoy', "#!/bin/sh\nprintf 'a\\033]0;b\\007\\n'\n")
  const { status, stderr } = sidetrack(['run', 'outbound', '--envoy', envoy])
  t.equal(status, 2)
  t.match(stderr, 'envoy is not Envoy; asked for its version it says: a\\x1b]0;b\\x07\n')
})

t.test('no command at all shows what there is, on standard error', async (t) => {
  t.match(sidetrack([]), { status: 2, stdout: '', stderr: /Usage: / })
})
