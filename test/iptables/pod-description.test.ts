import t from 'tap'
import { readRules } from '../../harness/iptables/texts/read.ts'

const context = { family: 'ipv4', podIPs: ['10.244.0.5'] } as const

function describePod(args: string, more = ''): string {
  return `Name:         curl-54ccc6954c-9rlvp
Namespace:    curl
Annotations:  note: Args:
Init Containers:
  setup:
    Command:
      /bin/sh
    Args:
      -c
      echo ready
    State:          Terminated
  osm-init:
    Container ID:  containerd://80f8
    Command:
      /bin/sh
    Args:
      -c
${args}
    State:          Terminated
      Reason:       Completed
    Mounts:
      /var/run/secrets from curl-token (ro)
${more}Containers:
  curl:
    Args:
      -c
      iptables -L
`
}

const places = (...columns: number[]) => columns.map((column) => [18, column])

t.test('finds a chain of commands', async (t) => {
  t.strictSame(readRules(describePod('      iptables -t nat -N A && iptables -t nat -A A -j RETURN'), context), {
    form: 'commands',
    family: 'ipv4',
    commands: [
      { argv: ['-t', 'nat', '-N', 'A'], line: 1, places: places(16, 19, 23, 26) },
      { argv: ['-t', 'nat', '-A', 'A', '-j', 'RETURN'], line: 2, places: places(40, 43, 47, 50, 52, 55) },
    ],
  })
})

t.test('finds a here-document', async (t) => {
  const args = [
    'iptables-restore --noflush <<EOF',
    '# rules',
    '*nat',
    ':A - [0:0]',
    '-I OUTPUT -j DNAT --to-destination $POD_IP',
    'COMMIT',
    'EOF',
    '',
  ]
  t.strictSame(readRules(describePod(args.map((line) => `      ${line}`).join('\n')), context), {
    form: 'restore',
    family: 'ipv4',
    payload: '# rules\n*nat\n:A - [0:0]\n-I OUTPUT -j DNAT --to-destination 10.244.0.5\nCOMMIT\n',
    origin: { line: 19, indents: [6, 6, 6, 6, 6] },
    unexpanded: '# rules\n*nat\n:A - [0:0]\n-I OUTPUT -j DNAT --to-destination $POD_IP\nCOMMIT\n',
  })
})

t.test('is indented itself', async (t) => {
  const text = describePod('      iptables -N A').replace(/^/gm, '  ')
  t.match(readRules(text, context), { commands: [{ argv: ['-N', 'A'] }] })
})

t.test('places are those of the whole text', async (t) => {
  t.throws(() => readRules(describePod('      iptables -N A && && iptables -N B'), context), {
    message: /^line 18, column 24: '&&' has no command before it/,
  })
})

t.test('refuses a pod without rules, and one with two sets of them', async (t) => {
  t.throws(() => readRules(describePod('      echo nothing'), context), {
    message: /^line 4: no init container here has iptables rules in its Args/,
  })
  const second = '  other:\n    Args:\n      -c\n      iptables -N B\n'
  t.throws(() => readRules(describePod('      iptables -N A', second), context), {
    message: /^line 4: more than one init container/,
  })
})
