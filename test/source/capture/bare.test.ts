import t from 'tap'
import { readCapture } from '../../../harness/source/capture/capture.ts'
import { notesOf, readAs } from './read-as.ts'

t.test('what iptables -S prints, with counters too, is of the table that its chains tell', async (t) => {
  const nat = [
    '-P PREROUTING ACCEPT',
    '-P INPUT ACCEPT',
    '-P OUTPUT ACCEPT',
    '-P POSTROUTING ACCEPT',
    '-N A',
    '-A OUTPUT -p tcp -j A',
    '-A A -j RETURN',
  ]
  const rules = ['ipv4 nat OUTPUT: -p tcp -j A', 'ipv4 nat A -', 'ipv4 nat A: -j RETURN']
  t.same(readAs(nat.join('\n')), rules)
  t.match(notesOf(nat.join('\n')), [
    /^assumed: the rules are for ipv4/,
    /^assumed: the rules from line 1 on are of table nat, since it has the chains/,
  ])
  const counted = nat.map((line) =>
    line.startsWith('-N') ? line : line.startsWith('-P') ? `${line} -c 3 180` : line.replace(' -j', ' -c 3 180 -j'),
  )
  t.same(readAs(counted.join('\n')), rules)
  const filter = ['-P INPUT ACCEPT', '-P FORWARD DROP', '-P OUTPUT ACCEPT', '-A INPUT -p tcp -j DROP']
  t.same(
    readAs([...filter, ...nat].join('\n')),
    ['ipv4 filter INPUT: -p tcp -j DROP', 'ipv4 filter FORWARD DROP', ...rules],
    'one after the other',
  )
})

t.test('an excerpt: the table by its targets, chains by the rules in them', async (t) => {
  const text =
    '-A OUTPUT -p tcp -j A\n-A A -m owner --uid-owner 1500 -j RETURN\n-A A -p tcp -j REDIRECT --to-ports 15001\n'
  t.same(readAs(text).length, 4)
  t.match(notesOf(text), [
    /^assumed: the rules are for ipv4/,
    'assumed: the rules from line 1 on are of table nat, since REDIRECT is a target of that table',
    'assumed: chain A is there, since rules are in it',
  ])
  for (const [rule = '', table] of [
    ['-A PREROUTING -p tcp -j TPROXY --on-port 1 --tproxy-mark 1', 'mangle'],
    ['-A OUTPUT -p udp -j CT --zone 1', 'raw'],
    ['-A FORWARD -j ACCEPT', 'filter'],
    ['-A INPUT -j REJECT', 'filter'],
  ])
    t.match(readAs(`${rule}\n`), [new RegExp(`^ipv4 ${table} `)], rule)
  t.throws(() => readAs('-A OUTPUT -p tcp -j ACCEPT\n'), {
    message: /^line 1, column 1: nothing tells which table/,
    hint: /'\*nat' above/,
  })
  t.throws(() => readAs('-A OUTPUT -p tcp -j A\n-A B -p tcp -j REDIRECT\n'), {
    message: /^line 1, column 21: jumps to A, of which the text has no rules$/,
  })
  t.same(readAs('-A OUTPUT -p tcp -j A\n-A B -p tcp -j REDIRECT\n', { complete: true }).length, 4)
})

t.test('what is missing is named line by line, and assumed only where the caller says so', async (t) => {
  const save = ['*nat', ':A - [0:0]', '-A OUTPUT -p tcp -j A', '-A A ! -d 10.0.0.1/32 -o lo -j RETURN', 'COMMIT']
  const texts: readonly [text: readonly string[], message: RegExp, rules: number][] = [
    [save.with(0, ' nat'), /^line 1, column 2: the '\*' is missing before 'nat'$/, 3],
    [save.slice(0, -1), /^line 5, column 1: COMMIT is missing/, 3],
    [save.toSpliced(2, 0, '...'), /^line 3, column 1: '\.\.\.' stands where something was left out$/, 3],
    [save.toSpliced(4, 0, '[…]'), /^line 5, column 1: '\[…\]' stands/, 3],
    [save.with(3, '-A A ! -d -o lo -j RETURN'), /^line 4, column 8: -d has lost its address$/, 3],
    [save.with(3, '-A A -o lo –j RETURN'), /^line 4, column 12: '–' stands in the place of '-'$/, 3],
    [save.with(3, '-A A -m comment —comment x -j RETURN'), /^line 4, column 17: '—' stands in the place of '--'$/, 3],
    [
      ['iptables -t nat -A OUTPUT —protocol tcp -j REDIRECT'],
      /^line 1, column 27: '—' stands in the place of '--'$/,
      1,
    ],
    [['iptables -t nat -A OUTPUT -m comment --comment “a b”'], /^line 1, column 48: '“' stands in the place of/, 1],
    [save.slice(1), /^line 1, column 1: the line with the table's name is missing above$/, 3],
  ]
  for (const [lines, message, count] of texts) {
    const text = `${lines.join('\n')}\n`
    const own =
      text.includes(':A') && !text.includes('nat')
        ? `${text.replace('-A OUTPUT', '-A PREROUTING -p tcp -j REDIRECT\n-A OUTPUT')}`
        : text
    t.throws(
      () => readCapture(own),
      { fault: 'input', message, hint: /the text is damaged; capture it again, or say --complete: / },
      own,
    )
    t.same(readAs(own, { complete: true }).length, own === text ? count : count + 1, own)
    t.match(notesOf(own, { complete: true }).join(), /^assumed: line \d+: /)
  }
  t.throws(() => readCapture([' nat', '-A OUTPUT -d -j ACCEPT', 'COMMIT'].join('\n')), {
    message: /^line 1, column 2: .*\nline 2, column 11: .*$/,
  })
  t.doesNotThrow(() => readCapture(['...', '', '', '', ...save].join('\n')), 'dots of something else')
})

t.test('rules of nft are told apart', async (t) => {
  for (const text of [
    'table ip nat {\n\tchain OUTPUT {\n\t}\n}\n',
    'add rule inet mesh output tcp dport 80 redirect to :1\n',
    '# Warning: table ip nat is managed by iptables-nft, do not touch!\ntable ip nat {\n}\n',
  ])
    t.throws(() => readCapture(text), {
      fault: 'input',
      message: /^line \d, column 1: begins rules of nft, which are not read$/,
    })
})
