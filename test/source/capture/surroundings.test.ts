import t from 'tap'
import { readCapture } from '../../../harness/source/capture/capture.ts'
import { notesOf, readAs } from './read-as.ts'

const save = [
  '*nat',
  ':MESH - [0:0]',
  '-A OUTPUT -d 10.0.0.0/8 -p tcp -j MESH',
  '-A MESH -p tcp -j REDIRECT --to-ports 15001',
  'COMMIT',
]
const rules = readAs(`${save.join('\n')}\n`)
const commands = [
  'iptables -t nat -N MESH',
  'iptables -t nat -A OUTPUT -d 10.0.0.0/8 -p tcp -j MESH',
  'iptables -t nat -A MESH -p tcp -j REDIRECT --to-ports 15001',
]
const prefixed = (lines: readonly string[], prefix: string): string =>
  `${lines.map((line) => prefix + line).join('\n')}\n`

t.test('what logs, terminals and forums put before a line is no part of it', async (t) => {
  const prefixes = [
    '2026-03-01T10:00:00.123456Z\tinfo\t',
    '2026-03-01T10:00:00.123456Z\tinfo\tcni\t',
    '2026-03-01T10:00:00.123456Z     info    ',
    '2026-03-01T10:00:00.123456789Z stdout F ',
    '[2026-03-01 10:00:00,123] INFO: ',
    '2026/03/01 10:00:00 ',
    'Mar  1 10:00:00 node-1 mesh-init[312]: ',
    'I0301 10:00:00.123456       1 rules.go:80] ',
    '[pod/web-0/mesh-init] ',
    'mesh-init-1  | ',
    '> ',
    '> > ',
    '│ ',
    '10:00:00 [debug] mesh applies ',
  ]
  for (const prefix of prefixes) {
    t.same(readAs(prefixed(save, prefix)), rules, prefix)
    t.same(readAs(prefixed(commands, prefix)), rules, prefix)
  }
})

t.test('what shells put before a command is no part of it', async (t) => {
  const prefixes = [
    '$ ',
    '+ ',
    '++ ',
    ':; ',
    '2026/03/01 10:00:00 :; ',
    'root@web-0:/# ',
    'user@host:~/mesh$ ',
    '[root@node ~]# ',
    '/ # ',
    'bash-5.1# ',
    '# ',
    'sudo ',
    '$ sudo -n ',
    'kubectl exec -n demo web-0 -c mesh -- ',
    'docker exec -it web ',
    'nsenter -t 4711 -n -- ',
    'ip netns exec web ',
    'xtables-nft-multi ',
    '- ',
    '1. ',
    'Running command: ',
    '2026-03-01T10:00:00.1Z\tinfo\tRunning command: ',
  ]
  for (const prefix of prefixes) t.same(readAs(prefixed(commands, prefix)), rules, prefix)
})

t.test('a root prompt alone is a comment, unless there is nothing but such commands', async (t) => {
  t.same(readAs(prefixed([...commands, '# iptables -t nat -F'], '')), rules)
  t.same(readAs(prefixed(commands, '# ')), rules)
})

t.test('lines that are no rules are passed over and counted, in a table too', async (t) => {
  const text = ['Installing the mesh', '', ...save.slice(0, 3), 'the chains are there', ...save.slice(3), 'done'].join(
    '\n',
  )
  t.same(readAs(text), rules)
  t.match(notesOf(text), ['passed over: 3 lines that are no rules'])
  t.same(readCapture(text).passedOver, [
    { line: 1, text: 'Installing the mesh' },
    { line: 6, text: 'the chains are there' },
    { line: 9, text: 'done' },
  ])
})

t.test('a line that looks like a rule and cannot be read is an error, never passed over', async (t) => {
  for (const line of [
    'so I wrote -A OUTPUT -p tcp -j ACCEPT',
    'mesh> iptables -t nat -A OUTPUT -j ACCEPT',
    'x -A MESH -j RETURN',
    '-p tcp -j ACCEPT',
  ])
    t.throws(
      () => readAs(`${save.join('\n')}\n${line}\n`),
      { fault: 'input', message: /^line 6(?:, column \d+)?: / },
      line,
    )
})

t.test('a log names the file whose contents it has shown; a script does not', async (t) => {
  const told = '2026-03-01T10:00:00Z\tinfo\tRunning command: iptables-restore --noflush /tmp/rules.txt'
  t.same(readAs(`${save.join('\n')}\n${told}\n`), rules)
  t.throws(() => readAs('iptables-restore --noflush /tmp/rules.txt\n'), {
    message: /iptables-restore reads \/tmp\/rules.txt, which is not in the text/,
  })
})

t.test("a box's line may be cut and say more", async (t) => {
  const boxed = save.map((line) => `│ ${line.padEnd(60)} │`).join('\n')
  t.same(readAs(boxed.replace(/COMMIT {10}/, 'COMMIT    ns=a pod=b')), rules)
  t.match(notesOf(boxed), ["cleaned: 5 lines in a terminal program's box"])
})

t.test('pages: fences, escapes, characters in the spelling of HTML', async (t) => {
  t.same(readAs(['The rules:', '```', ...save, '```', 'Why?'].join('\n')), rules)
  t.same(
    readAs(save.join('\n').replace('*nat', '\\*nat').replaceAll('MESH', 'ME\\_SH')),
    rules.map((rule) => rule.replaceAll('MESH', 'ME_SH')),
  )
  t.same(readAs(commands.join(' &amp;&amp; ')), rules)
  const place = 'line 1, column 55: no option --to-portz is known to what is loaded here; did you mean --to-ports?'
  const wrong = readCapture('iptables -t nat -A OUTPUT -p tcp -j REDIRECT &amp;&amp; x')
  t.ok(wrong, place)
})

t.test('logs that hold a text as a value are read line by line', async (t) => {
  const logfmt = `time="2026-03-01T10:00:00Z" level=info msg="${save.join('\\n')}\\n"\n`
  t.same(readAs(logfmt), rules)
  t.same(readAs(commands.map((line) => `time="2026-03-01T10:00:00Z" level=info msg="${line}"`).join('\n')), rules)
  t.same(
    readAs(`${JSON.stringify({ level: 'info', time: '2026-03-01T10:00:00Z', msg: `${save.join('\n')}\n` })}\n`),
    rules,
  )
  t.throws(() => readAs(logfmt.replace('--to-ports', '--to-portz')), {
    message: new RegExp(`^line 1, column ${logfmt.indexOf('--to-ports') + 1}: `),
  })
})

t.test('what a command printed is of its table, family and backend', async (t) => {
  const printed = (command: string, ...lines: readonly string[]): string => `$ ${command}\n${lines.join('\n')}\n`
  t.same(readAs(printed('iptables -t mangle -S', '-P OUTPUT ACCEPT', '-A OUTPUT -p tcp -j ACCEPT')), [
    'ipv4 mangle OUTPUT: -p tcp -j ACCEPT',
  ])
  t.same(readAs(printed('ip6tables -S OUTPUT', '-A OUTPUT -p tcp -j ACCEPT')), ['ipv6 filter OUTPUT: -p tcp -j ACCEPT'])
  const both =
    printed('iptables-save', ...save) + printed('ip6tables-save', ...save.slice(0, 2), save[3] ?? '', 'COMMIT')
  t.same(readCapture(both).families, ['ipv4', 'ipv6'])
})

t.test('programs that print both families in turn: a table is of those beside it', async (t) => {
  const text = [
    'iptables-save',
    'ip6tables-save',
    '*raw',
    'COMMIT',
    ...save,
    '*raw',
    'COMMIT',
    '*nat',
    '-A OUTPUT -d fd00::/8 -j RETURN',
    'COMMIT',
  ].join('\n')
  t.same(readCapture(text).families, ['ipv4', 'ipv6'])
  t.match(notesOf(text), [
    /^assumed: table raw from line 3 on is for ipv4/,
    /^assumed: table raw from line 10 on is for ipv6/,
  ])
})

t.test('commands above a save are in it, those behind it are not', async (t) => {
  const text = `+ iptables -t nat -N OLD\n+ iptables-save\n# Generated by iptables-save v1.8.9 on Mon Nov 23 10:00:00 2026\n${save.join('\n')}\n+ iptables -t nat -A MESH -j RETURN\n`
  t.same(readAs(text), [...rules, 'ipv4 nat MESH: -j RETURN'])
  t.match(notesOf(text), [/^left out: a command of which a save shows what came of it$/, /^cleaned: /])
})

t.test('a command that failed where it was run did nothing', async (t) => {
  const text = `${commands.join('\n')}\n$ iptables -t nat -N MESH\niptables: Chain already exists.\n`
  t.same(readAs(text), rules)
  t.match(notesOf(text), [/^left out: line 4, which iptables refused where it was run$/, /^cleaned: a prompt$/])
  // A log with a sign for what is run, and another one for what it says.
  const [time, said] = ['2020/03/01 10:00:00 > ', '2020/03/01 10:00:00 < ']
  const log = ['iptables -t nat -F MESH', ...commands].flatMap((command, index) => [
    `${time}${command}`,
    `${said}${index === 0 ? 'iptables: No chain/target/match by that name.' : ''}`,
  ])
  t.same(readAs(`${log.join('\n')}\n`), rules)
})

t.test("a program that is named among another one's arguments is no command", async (t) => {
  const install = 'RUN apt-get install -y \\\n    iproute2 \\\n    iptables \\\n && rm -rf /var/lib/apt/lists/*\n'
  t.same(readAs(`${install}${commands.map((command) => `RUN ${command}`).join('\n')}\n`), rules)
  t.throws(() => readCapture(install), { message: /^line 1: nothing in the text is a rule$/ })
  t.same(readAs(`true && \\\n  iptables \\\n  -t nat -N MESH\n${commands.slice(1).join('\n')}\n`), rules, 'one is')
})

t.test('lines with numbers, quoted lines, and the output that a runner keeps as one string', async (t) => {
  const forms: readonly string[] = [
    save.map((line, index) => `${String(index + 1).padStart(6)}\t${line}`).join('\n'),
    save.map((line, index) => `${index + 1}: ${line}`).join('\n'),
    save.map((line) => `    "${line}",`).join('\n'),
    save.map((line) => `'${line}'`).join('\n'),
    JSON.stringify({ stdout: `${save.join('\n')}\n`, rc: 0 }),
    commands.map((command) => `subprocess.run(${JSON.stringify(command.split(' '))}, check=True)`).join('\n'),
    commands.map((command) => `check_call(${JSON.stringify(command.split(' '))})`).join('\n'),
    `<pre class="x"><code>${save.join('\n')}\n</code></pre>`,
  ]
  for (const form of forms) t.same(readAs(form), rules, form)
  t.ok(notesOf(forms[0] ?? '').includes("cleaned: 5 lines' numbers"))
  t.ok(notesOf(forms[2] ?? '').some((note) => note.includes('5 quoted lines')))
})

t.test('what a text without rules is, and what to capture in its place', async (t) => {
  for (const [text, what] of [
    [
      '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them',
      /says that there are some of iptables-legacy/,
    ],
    ['{"podIPs":["10.0.0.1"],"config":{}}', /is a config/],
    ["import { scenario } from 'sidetrack'", /is a scenario/],
    ['table inet mesh {', /begins rules of nft/],
    ['table ip nat {', /begins rules of nft/],
    [
      '## sidetrack collect 1\n## sidetrack failed: iptables-nft-save: Permission denied\n## sidetrack end',
      /^line 2: there are no rules, since iptables-nft-save failed: Permission denied$/,
    ],
    ['*nat\nCOMMIT # done', /'# done' stands behind COMMIT/],
  ] as const)
    t.throws(() => readCapture(text), { message: what, hint: /\w/ })
})
