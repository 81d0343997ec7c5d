import t from 'tap'
import { readCapture } from '../../../harness/source/capture/capture.ts'
import { notesOf, readAs } from './read-as.ts'

const script = (...lines: readonly string[]): string => `#!/bin/sh\n${lines.join('\n')}\n`
const redirect = (port: number, more = ''): string => `ipv4 nat OUTPUT: ${more}-p tcp -j REDIRECT --to-ports ${port}`

t.test('variables that a script sets, and what it falls back to', async (t) => {
  const scripts: readonly [script: string, rules: string[]][] = [
    [script('PORT=15001', 'iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports $PORT'), [redirect(15001)]],
    [
      script('export PORT="15001"', 'iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports "${PORT}"'),
      [redirect(15001)],
    ],
    [script('iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports ${PORT:-15002}'), [redirect(15002)]],
    [
      script('A=1', 'B=${A}500${A}', 'iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports ${C:-$B}'),
      [redirect(15001)],
    ],
    [script("IPT='iptables -w 5 -t nat'", '$IPT -A OUTPUT -p tcp -j REDIRECT --to-ports 15001'), [redirect(15001)]],
    [script('EXTRA=', 'iptables -t nat -A OUTPUT $EXTRA -p tcp -j REDIRECT --to-ports 15001'), [redirect(15001)]],
    [
      script('iptables -t nat -A OUTPUT -d $POD_IP -p tcp -j REDIRECT --to-ports 1'),
      [redirect(1, '-d 10.244.0.5/32 ')],
    ],
  ]
  for (const [text, rules] of scripts) t.same(readAs(text), rules, text)
  t.match(notesOf(script('iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports ${PORT:-15002}')), [
    /^assumed: PORT is '15002', as the script/,
  ])
})

t.test('here-documents, pipes and files that the script itself writes', async (t) => {
  const body = ['*nat', '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001', 'COMMIT']
  const whole = [...body, 'EOF']
  for (const lines of [
    ['set -ex', 'iptables-restore --noflush --wait 10 <<EOF', ...whole],
    ["sudo iptables-restore <<'EOF'", ...whole],
    ['cat <<EOF | iptables-restore -n', ...whole],
    ['cat > /tmp/rules <<EOF', ...whole, 'iptables-restore --noflush /tmp/rules'],
    ['cat <<EOF > /tmp/rules', ...whole, 'iptables-restore < /tmp/rules'],
    ['tee /tmp/rules <<EOF', ...whole, 'iptables-restore < /tmp/rules'],
    [`echo '${body.join('\n')}' | iptables-restore --noflush`],
    [`printf '${body.join('\\n')}\\n' | iptables-restore --noflush`],
    [`sh -c "iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001"`],
    [
      'PORT=15001',
      'iptables-restore --noflush <<-EOF',
      ...body.map((line) => `\t${line.replace('15001', '$PORT')}`),
      '\tEOF',
    ],
    ['  iptables-restore <<EOF', ...whole.map((line) => `  ${line}`)],
    ['iptables-restore --table nat <<EOF', '*filter', '-A OUTPUT -j DROP', 'COMMIT', ...whole],
  ])
    t.same(readAs(script(...lines)), [redirect(15001)], lines.join('\n'))
})

t.test('commands beside here-documents are read in their order', async (t) => {
  const text = script(
    'iptables -t nat -N A',
    'iptables-restore --noflush <<EOF',
    '*nat',
    ':B - [0:0]',
    '-A A -j B',
    'COMMIT',
    'EOF',
    'iptables -t nat -A B -p udp -j RETURN',
  )
  t.same(readAs(text), ['ipv4 nat A -', 'ipv4 nat A: -j B', 'ipv4 nat B -', 'ipv4 nat B: -p udp -j RETURN'])
  const flushed = script('iptables -t nat -N A', 'iptables-restore <<EOF', '*nat', ':B - [0:0]', 'COMMIT', 'EOF')
  t.same(readAs(flushed), ['ipv4 nat B -'], 'without --noflush the table is emptied first')
})

t.test('commands that depend on one another: which run is found out', async (t) => {
  const texts: readonly [line: string, rules: string[]][] = [
    ['iptables -t nat -D OUTPUT -p tcp -j RETURN 2>/dev/null || true', []],
    ['iptables -t nat -N A 2>/dev/null || iptables -t nat -F A', ['ipv4 nat A -']],
    ['iptables -t nat -C OUTPUT -j RETURN || iptables -t nat -A OUTPUT -j RETURN', ['ipv4 nat OUTPUT: -j RETURN']],
    ['! iptables -t nat -C OUTPUT -j RETURN && iptables -t nat -A OUTPUT -j RETURN', ['ipv4 nat OUTPUT: -j RETURN']],
    ['iptables -t nat -N A && iptables -t nat -A A -j RETURN', ['ipv4 nat A -', 'ipv4 nat A: -j RETURN']],
    ['iptables -t nat -N A || true; iptables -t nat -A A -j RETURN', ['ipv4 nat A -', 'ipv4 nat A: -j RETURN']],
  ]
  const last = 'iptables -t nat -A PREROUTING -j ACCEPT'
  for (const [line, rules] of texts)
    t.same(
      readAs(script(line, last)).filter((rule) => !rule.includes('PREROUTING')),
      rules,
      line,
    )
  t.match(notesOf(script(texts[0]?.[0] ?? '', last)), [
    /^left out: a command that would fail here, and may \(line 2\)$/,
  ])
})

t.test('what would need a shell is named with its line', async (t) => {
  const texts: readonly [line: string, message: RegExp][] = [
    [
      'iptables -t nat -A OUTPUT -d $(hostname -i) -j RETURN',
      /^line 2, column 30: '\$\(' is not read, since no shell runs/,
    ],
    [
      'iptables -t nat -A OUTPUT -p tcp --dport $PORT -j RETURN',
      /^line 2, column 42: '\$PORT' is not read, since no shell runs and nothing in the text sets PORT/,
    ],
    [
      'for port in $(seq 80 90); do iptables -t nat -A OUTPUT -p tcp --dport $port -j RETURN; done',
      /^line 2, column 30: .* by the 'for' of line 2/,
    ],
    ['for port in *; do\n$X -t nat -A OUTPUT -p tcp -j RETURN\ndone', /^line 3, column 1: .* by the 'for' of line 2/],
    ['$X -t nat -A OUTPUT -p tcp -j RETURN', /^line 2, column 1: '\$X' is not read, .* nothing in the text sets X/],
    ['if [ -n "$X" ]; then\niptables -t nat -A OUTPUT -j RETURN\nfi', /^line 3, column 1: .* by the 'if' of line 2/],
    ['add() {\niptables -t nat -A OUTPUT -j RETURN\n}\nadd', /^line 3, column 1: .* by the 'function' of line 2/],
    [
      '[ -n "$X" ] && iptables -t nat -A OUTPUT -j RETURN',
      /^line 2, column 16: whether this runs depends on what stands before its '&&'/,
    ],
    [
      'iptables-save | sed s/a/b/ | iptables-restore',
      /^line 2, column 30: what iptables-restore reads is not in the text/,
    ],
    ['iptables -t nat -A OUTPUT -j RETURN > "', /^line 2, column 39: a double quote is never closed/],
    ['(iptables -t nat -F)', /^line 2, column 1: '\(' is not read/],
  ]
  for (const [line, message] of texts) t.throws(() => readAs(script(line)), { fault: 'input', message }, line)
})

t.test('a loop over words that the script says is written out', async (t) => {
  const add = (port: string): string => `ipv4 nat OUTPUT: -p tcp -m tcp --dport ${port} -j RETURN`
  const command = 'iptables -t nat -A OUTPUT -p tcp --dport $port -j RETURN'
  const last = 'iptables -t nat -A OUTPUT -p tcp --dport 9 -j RETURN'
  const [both, none] = [[add('80'), add('443'), add('9')], [add('9')]]
  const texts: readonly [text: string, rules: string[]][] = [
    [`for port in 80 443; do ${command}; done; ${last}`, both],
    [`for port in 80 443; do\n  # each\n  ${command}\ndone\n${last}`, both],
    [`for port in 80 443\ndo ${command}\ndone && ${last}`, both],
    [`PORTS="80 443"\nfor port in $PORTS; do\n${command}\ndone\n${last}`, both],
    [`PORTS=80,443\nIFS=,\nfor port in \${PORTS}; do\n${command}\ndone\n${last}`, both],
    [`for a in 80; do for port in $a 443; do ${command}; done; done; ${last}`, both],
    [`for a in 1 2; do\nfor port in $NOTHING; do\nip link\ndone\ndone; ${last}`, none],
    [`for port in; do ${command}; done; ${last}`, none],
    [`sh -c 'for port in 80 443; do ${command}; done; ${last}'`, both],
  ]
  for (const [text, rules] of texts) t.same(readAs(text), rules, text)

  const families = script('for b in iptables ip6tables; do', '$b -t nat -A OUTPUT -j RETURN', 'done')
  t.same(readAs(families), ['ipv4 nat OUTPUT: -j RETURN', 'ipv6 nat OUTPUT: -j RETURN'])
  const documents = families.replace(
    '-t nat -A OUTPUT -j RETURN',
    `-restore <<EOF\n*nat\n-A OUTPUT -j RETURN\nCOMMIT\nEOF`,
  )
  t.same(readAs(documents.replace('$b ', '$b')), ['ipv4 nat OUTPUT: -j RETURN', 'ipv6 nat OUTPUT: -j RETURN'])
})

t.test('a loop that more than its words decide is for a shell', async (t) => {
  const rule = 'iptables -t nat -A OUTPUT -p tcp --dport $p -j RETURN'
  const last = 'iptables -t nat -A OUTPUT -j RETURN'
  for (const text of [
    `for p in 1 2; do\n[ $p = 2 ] && continue\n${rule}\ndone`,
    `for p in 1 2; do\nif [ $p = 2 ]; then\n${rule}\nfi\ndone`,
    `for p in {1..3}; do\n${rule}\ndone`,
    `IFS=$X\nfor p in 1 2; do\n${rule}\ndone`,
    `for p in 1 2; do\n${rule}`,
  ])
    t.throws(
      () => readAs(script(text)),
      { fault: 'input', message: /is for a shell to decide, by the '(?:for|if)' of/ },
      text,
    )
  t.throws(() => readAs(script(`f() {\n${rule}\n}\nf`)), { message: /by the 'function' of/, hint: /with sh -x/ })
  t.throws(() => readAs(script(`${'iptables -t nat -N MESH\n'.repeat(2)}${last}`)), {
    message: /^line 3, column \d+: Chain already exists: MESH$/,
    hint: /several sets of rules/,
  })
  const deep = ['for p in 1 2 3 4 5 6 7 8; do\n'.repeat(9), ':\n', 'done\n'.repeat(9), last].join('')
  t.throws(() => readAs(script(deep)), {
    fault: 'input',
    message: /^line \d+, column 1: loops are not read that go round/,
  })
  const growing = script('A=x', `for p in ${'1 '.repeat(40)}; do`, 'A=$A$A', 'done', last.replace('OUTPUT', '$A'))
  t.throws(() => readAs(growing), { fault: 'input', message: /nothing in the text sets A$/ }, 'a value without bounds')
  t.throws(
    () => readAs(script('E=x', `for E in ""; do :; $E; done; ${last}`)),
    { fault: 'input', message: /^line 3, column 1: a variable without a value is a command of this loop/ },
    'where its end would move',
  )
})

t.test('what a shell would decide about other things is no matter', async (t) => {
  const text = script(
    'log() {',
    '  echo "$1"',
    '}',
    'if true; then',
    '  log hi',
    'fi',
    'run() { "$@"; }',
    'iptables -t nat -A OUTPUT -j RETURN',
  )
  t.same(readAs(text), ['ipv4 nat OUTPUT: -j RETURN'])
})

t.test('policy routing goes with the rules of its family', async (t) => {
  const text = script(
    'MARK=0x1e7',
    'iptables -t mangle -A OUTPUT -p tcp -j MARK --set-mark $MARK',
    'ip rule add fwmark "$MARK" lookup 100',
    'ip -f inet rule add pref 30 fwmark 1/0xff iif lo table 133 2>/dev/null || true',
    'ip route add local default dev lo table 100',
    'ip -6 route add local ::/0 dev lo table 100',
    'ip addr add 127.0.0.6/32 dev lo',
    'ip link set lo up',
    'ip rule del fwmark 7 lookup 7',
  )
  const capture = readCapture(text)
  t.same(capture.rulesOf('ipv4', [])?.routing, {
    rules: [
      { family: 'ipv4', fwmark: 0x1e7, table: 100 },
      { family: 'ipv4', priority: 30, fwmark: 1, mask: 255, iif: 'lo', table: 133 },
    ],
    routes: [{ family: 'ipv4', table: 100, destination: '0.0.0.0/0', type: 'local', dev: 'lo' }],
    loopbackAddresses: ['127.0.0.6'],
  })
  t.equal(readCapture(script('iptables -F')).rulesOf('ipv4', [])?.routing, undefined)
  t.throws(() => readCapture(script('iptables -F', 'ip rule add uidrange 0-99 lookup 100')).rulesOf('ipv4', []), {
    message: /^line 3, column 13: 'uidrange' of ip rule is not read/,
  })
})

t.test('a doubled && is named, and one where the caller says so', async (t) => {
  const text = 'iptables -t nat -N A && && iptables -t nat -A A -j RETURN\n'
  t.throws(() => readAs(text), {
    message: /^line 1, column 25: '&&' has no command before it; a shell would reject it$/,
    hint: /--complete: one '&&' is meant/,
  })
  t.same(readAs(text, { complete: true }), ['ipv4 nat A -', 'ipv4 nat A: -j RETURN'])
  t.match(notesOf(text, { complete: true }), [/^assumed: line 1: '&&' has no command before it.*; one '&&' is meant$/])
})

t.test('files that a script writes and that something else reads', async (t) => {
  const rules = ['iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001']
  const body = ['*nat', '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001', 'COMMIT']
  for (const [lines, name] of [
    [['cat > /etc/mesh.sh <<EOF', ...rules, 'EOF'], '/etc/mesh.sh'],
    [["cat <<'EOF' | sudo tee /etc/rules.v4 >/dev/null", ...body, 'EOF'], '/etc/rules.v4'],
    [['cat <<A > /etc/r', '*nat', 'A', 'cat <<B >> /etc/r', ...body.slice(1), 'B', 'systemctl restart x'], '/etc/r'],
  ] as const) {
    const text = script(...lines)
    t.same(readAs(text), [redirect(15001)], name)
    t.match(
      notesOf(text).join(),
      `assumed: what line 2 writes to ${name} is run or loaded, which nothing in the text does`,
    )
  }
  const unused = script('cat > /etc/agent <<EOF', 'region=$(ask)', 'EOF', ...rules)
  t.same(readAs(unused), [redirect(15001)], 'what is no rule may be for a shell')
  const unknown = script('cat > /etc/r <<EOF', 'iptables -A OUTPUT --dport $(ask) -j DROP', 'EOF')
  t.throws(() => readAs(unknown), { message: /^line 3, column 28: '\$\(' is not read/ })
  const given = script('cat > /etc/r <<EOF', 'iptables -A OUTPUT \\\\', '  -p tcp --dport {{ port }} -j DROP', 'EOF')
  t.throws(() => readAs(given), { message: /^line 4, column 18: '\{\{ port \}\}' has no value/ })
})
