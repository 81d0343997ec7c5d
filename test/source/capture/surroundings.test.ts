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
  const wrong = 'iptables -t nat -N A &amp;&amp; iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-portz 1'
  t.throws(() => readAs(wrong), { message: new RegExp(`^line 1, column ${wrong.indexOf('--to') + 1}: no option`) })
})

t.test('logs that hold a text as a value are read line by line', async (t) => {
  const logfmt = `time="2026-03-01T10:00:00Z" level=info msg="${save.join('\\n')}\\n"\n`
  t.same(readAs(logfmt), rules)
  t.same(readAs(commands.map((line) => `time="2026-03-01T10:00:00Z" level=info msg="${line}"`).join('\n')), rules)
  t.same(
    readAs(`${JSON.stringify({ level: 'info', time: '2026-03-01T10:00:00Z', msg: `${save.join('\n')}\n` })}\n`),
    rules,
  )
  const objects = (field: string, others: object): string =>
    save.map((line) => JSON.stringify({ ...others, [field]: line })).join('\n')
  t.same(readAs(objects('msg', { level: 'info', caller: 'iptables/run.go:12' })), rules, "not the program's own file")
  t.same(readAs(objects('MESSAGE', { PRIORITY: '6', _COMM: 'iptables' })), rules, 'journalctl -o json')
  t.same(readAs(save.map((line) => `job\tDump rules\t2026-03-01T10:00:00.1Z ${line}`).join('\n')), rules, 'gh run view')
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
    commands.map((command) => `  - [ ${command.split(' ').join(', ')} ]`).join('\n'),
    commands.map((command) => `  - [iptables, '${command.split(' ').slice(1).join("', '")}']`).join('\n'),
    `<pre class="x"><code>${save.join('\n')}\n</code></pre>`,
  ]
  for (const form of forms) t.same(readAs(form), rules, form)
  const place = `- [ iptables, -t, "nat", -A, OUTPUT, '-j', RETURN, "--to-portz", "1" ]`
  t.throws(() => readAs(place), { message: new RegExp(`^line 1, column ${place.indexOf('--to') + 1}: no option`) })
  t.same(readAs(`packages:\n  - iptables\nruncmd:\n${commands.map((command) => `  - ${command}`).join('\n')}`), rules)
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
    [
      '{\n  "kind": "List",\n  "items": [\n    { "kind": "Event" },\n{\n"kind": "Event",\n}]}',
      /are events of Kubernetes/,
    ],
    ['LAST SEEN   TYPE     REASON    OBJECT\n2m   Warning  BackOff  pod/web', /are events of Kubernetes/],
    ['apiVersion: v1\nkind: Service\nspec:\n  ports: []', /no container in this manifest makes rules/],
    ['- name: a\n  iptables:\n    chain: OUTPUT\n    jump: RETURN', /tasks of Ansible's/],
    [
      'a\ntarget     prot opt source               destination\nMESH  tcp  --  anywhere  anywhere',
      /^line 2: .* not there$/,
    ],
    ['# *nat\n# -A OUTPUT -j RETURN\n# COMMIT', /every rule of the text stands behind a '#'/],
    ['n1 kernel: TRACE: nat:OUTPUT:rule:1 IN= OUT=eth0', /tell the way of packets/],
    ['*nat\nCOMMIT # done', /'# done' stands behind COMMIT/],
  ] as const)
    t.throws(() => readCapture(text), { message: what, hint: /\w/ })
})

t.test("Markdown's tables: the one rule of a row, of the table that another cell names", async (t) => {
  const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const code = (line: string): string => `\`${line}\``
  const head = `${row('Rule', 'What it does')}\n|:---|---|`
  const whole = `Ours:\n\n${head}\n${commands.map((line) => row(code(line), 'it \\| does')).join('\n')}\n\nWhy?`
  t.same(readAs(whole), rules)
  t.ok(notesOf(whole).some((note) => note.includes("3 rows of Markdown's tables")))
  t.same(readAs(whole.replace(/^\| ?/gm, '').replace(/ ?\|$/gm, '')), rules, 'without bars at its ends')
  const tables = [
    row('Table', 'Rule'),
    '|---|---|',
    row('nat', code('-A OUTPUT -p tcp -j RETURN')),
    row(code('mangle'), '-A PREROUTING -j ACCEPT'),
    row('nat', code('-A OUTPUT -p udp -j RETURN')),
  ].join('\n')
  t.same(readAs(tables), [
    'ipv4 nat OUTPUT: -p tcp -j RETURN',
    'ipv4 nat OUTPUT: -p udp -j RETURN',
    'ipv4 mangle PREROUTING: -j ACCEPT',
  ])
  t.throws(() => readAs(tables.replace('mangle', 'mangel')), {
    message: /^line 4, column 14: nothing tells which table/,
  })
  t.throws(() => readAs(tables.replace('-j ACCEPT', '-j ACCEPT --x 1')), {
    message: /^line 4, column 38: no option --x/,
  })
  const both = `${row('Before', 'Behind')}\n|---|---|\n${row(code(commands[1] ?? ''), code(commands[2] ?? ''))}`
  t.throws(
    () => readAs(both),
    { message: /^line 3, column 3: looks like a rule, but cannot be read/ },
    'which is meant?',
  )
  const listing = ['Chain OUTPUT (policy ACCEPT)', row('target', 'prot', 'opt', 'source', 'destination', '')]
  listing.push('|---|---|---|---|---|---|', row('RETURN', 'tcp', '--', '0.0.0.0/0', '10.0.0.1', 'tcp dpt:80'))
  t.same(readAs(`$ iptables -t nat -nL\n${listing.join('\n')}`, { complete: true }), [
    'ipv4 nat OUTPUT: -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j RETURN',
  ])
})

t.test("a page's source: tags are taken out, and what stands in quotation marks is left", async (t) => {
  const escaped = save.map((line) => line.replaceAll('&', '&amp;'))
  for (const page of [
    `<html><body class="a b"><pre>${escaped.join('\n')}</pre></body></html>`,
    escaped.map((line) => `${line}<br/>`).join('\n'),
    escaped.map((line) => `<span class="line"><b>${line.replaceAll(' ', ' </b><b>')}</b></span>`).join('\n'),
  ])
    t.same(readAs(page), rules, page)
  const quoted = '*nat\n-A OUTPUT -m comment --comment "a <b> c" -j RETURN\nCOMMIT'
  t.same(readAs(quoted), ['ipv4 nat OUTPUT: -m comment --comment "a <b> c" -j RETURN'])
  const wrong = '<pre><i>*nat</i>\n<span a="b">-A OUTPUT </span><b>--to-portz</b> 1 -j RETURN\nCOMMIT</pre>'
  t.throws(() => readAs(wrong), { message: /^line 2, column 33: no option --to-portz/ })
})

t.test('what a template leaves open is named, and no rule is taken for one that is always there', async (t) => {
  const text = (line: string): string => `${commands.join('\n')}\n${line}\n`
  for (const [line, message] of [
    [
      'iptables -t nat -A OUTPUT --dport {{ .Values.port }} -j RETURN',
      /^line 4, column 35: '\{\{ \.Values\.port \}\}' has no value/,
    ],
    [
      '{{- if .tproxy }}\niptables -t nat -A OUTPUT -j RETURN\n{{- end }}',
      /^line 5, column 1: .* to decide, in line 4$/,
    ],
    [
      '{{ if x }}\n{{ block "y" . }}\nimage: z\n{{ end }}\niptables -t nat -A OUTPUT -j RETURN\n{{ end }}',
      /^line 8, column 1: .* in line 4$/,
    ],
    ['{% for p in ports %}\n  iptables -t nat -A OUTPUT -j RETURN\n{% endfor %}', /^line 5, column 3: .* in line 4$/],
  ] as const)
    t.throws(() => readAs(text(line)), { message, hint: /paste what the template comes to/ }, line)
  for (const [around, why] of [
    ['{{ if x }}\nimage: {{ .image }}\n{{ end }}\n# {{ y }}', 'around other things'],
    ['{{ if x }}image: y{{ end }}', 'what ends in its line'],
    ['{{ define "y" }}\n{{ if x }}\nimage: z\n{{ end }}', 'what only has a name'],
    ['{{ iface }}\n{{ format y }}', 'words that begin so'],
  ] as const)
    t.same(readAs(`${around}\n${text('')}`), rules, why)
  t.throws(() => readAs(text('{% if x %}\n{% endmacro %}\niptables -t nat -A OUTPUT -j RETURN')), {
    message: /to decide, in line 4$/,
  })
})

t.test('rules that name their table themselves, without a program', async (t) => {
  const bare = commands.map((command) => command.slice('iptables '.length))
  t.same(readAs(bare.join('\n')), rules)
  t.same(readAs(bare.slice(1).reverse().join('\n')), rules, 'an excerpt')
  const wrong = `-t raw -A OUTPUT -j ACCEPT\n${bare.join('\n').replace('--to-ports', '--to-portz')}`
  t.throws(() => readAs(wrong), { message: /^line 4, column 35: no option --to-portz/ })
})
