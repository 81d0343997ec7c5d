import { execFileSync, spawnSync } from 'node:child_process'
import t from 'tap'
import { families, type Family } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import { shortOptions } from '../../harness/iptables/command/command-options.ts'
import { listedOptions } from '../../harness/iptables/command/listed-options.ts'
import { findModule, moduleNames } from '../../harness/iptables/syntax/modules.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'
import { refusedOptions } from '../../harness/iptables/command/refused-options.ts'
import { findTarget, targetNames } from '../../harness/iptables/syntax/targets.ts'

const environment = { PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin` }

/** What a program prints of itself and an extension; those that are not there print nothing of the kind. */
function help(program: string, ...extension: readonly string[]): string {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const { stdout } = spawnSync('unshare', [...user, '--net', program, ...extension, '--help'], {
    encoding: 'utf8',
    env: environment,
  })
  return stdout
}

const programOf = (family: Family, backend: string): string =>
  `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`

/** Options as the help names them: `--dport`, and `-M` of the program's own. */
const optionsIn = (text: string): string[] => [
  ...new Set(text.match(/(?<![\w-])--[a-z][\w-]*\w|(?<=\s)-[A-Za-z0-9](?=[\s,])/g) ?? []),
]

for (const backend of backends)
  for (const family of families)
    t.test(
      `every option of ${programOf(family, backend)} is one that may be given or one that is refused`,
      async (t) => {
        const program = programOf(family, backend)
        const own = help(program)
        t.match(own, /--append/)
        const extensions = [...moduleNames.map((name) => ['-m', name]), ...targetNames.map((name) => ['-j', name])]
        const found = new Map<string, string>()
        for (const option of optionsIn(own)) found.set(option, 'iptables')
        for (const extension of extensions) {
          const [, ...ownOptions] = help(program, ...extension).split(/\n(?=\n)/)
          for (const option of optionsIn(ownOptions.slice(own.split(/\n(?=\n)/).length - 1).join('\n')))
            found.set(option, extension.join(' '))
        }
        t.ok(found.size > 300, `${found.size} options`)
        // The help writes `--new` for --new-chain.
        const isListed = (option: string) =>
          option.startsWith('--')
            ? listedOptions(family).some((name) => name.startsWith(option.slice(2)))
            : shortOptions.has(option[1] ?? '')
        const unknown = [...found].filter(([option]) => !(option in refusedOptions) && !isListed(option))
        t.same(unknown, [], 'a new option is put on a list: of its extension, or of those that are refused')
        t.same(
          [...found.keys()].filter((option) => option in refusedOptions && option !== '-M').sort(),
          ['--modprobe', '--object-pinned'],
          'what runs a program or opens a file',
        )
      },
    )

t.test('every extension that is installed is known', async (t) => {
  const [folder = ''] = execFileSync(
    'sh',
    ['-c', 'ls -d /usr/lib/*/xtables /usr/lib/xtables /usr/libexec/xtables 2>/dev/null; true'],
    {
      encoding: 'utf8',
    },
  ).split('\n')
  const files = execFileSync('ls', [folder], { encoding: 'utf8' }).match(/lib(xt|ipt|ip6t)_\w+(?=\.so)/g) ?? []
  t.ok(files.length > 90, `${files.length} extensions in ${folder}`)
  const isKnown = (file: string): boolean => {
    const name = file.replace(/^lib\w+?_/, '')
    const own = file.startsWith('libip6t')
      ? (['ipv6'] as const)
      : file.startsWith('libipt')
        ? (['ipv4'] as const)
        : families
    return own.some((family) => findModule(name, family) !== undefined || findTarget(name, family) !== undefined)
  }
  // Neither is an extension that a rule names: `standard` stands for ACCEPT and the like, NAT for DNAT and its kind.
  t.same(
    files.filter((file) => !isKnown(file) && !['libxt_standard', 'libxt_NAT'].includes(file)),
    [],
  )
})

const context = { family: 'ipv4', podIPs: [] } as const
const refused = {
  fault: 'input',
  message: /^line \d+, column \d+: option \S+ is not read, since it makes iptables (run a program|open a file)$/,
}

t.test('an option that makes iptables run a program is refused in every form that getopt takes', async (t) => {
  const forms = [
    '--modprobe=/tmp/x',
    '--modprobe /tmp/x',
    '--modprob=/tmp/x',
    '--modpr /tmp/x',
    '--mod=/tmp/x',
    '--mo /tmp/x',
    '-M /tmp/x',
    '-M/tmp/x',
    '-vM/tmp/x',
    '-nvM /tmp/x',
  ]
  for (const form of forms) {
    t.throws(() => readRules(`iptables -t nat ${form} -A OUTPUT -j ACCEPT\n`, context), refused, form)
    t.throws(() => readRules(`iptables -A OUTPUT -j ACCEPT ${form}\n`, context), refused, `${form} behind`)
    t.throws(() => readRules(`*nat\n-A OUTPUT ${form} -j ACCEPT\nCOMMIT\n`, context), refused, `${form} in a payload`)
    t.throws(
      () => readRules(`*nat\n-A OUTPUT -d 1.2.3.4.5 ${form}\nCOMMIT\n`, context),
      refused,
      `${form} behind what is wrong`,
    )
    t.throws(() => readRules(`*nat\n-6 ${form}\nCOMMIT\n`, context), refused, `${form} in a line of the other family`)
    t.throws(
      () => readRules(`iptables-restore <<EOF\n*nat\n-A OUTPUT "${form.replace(' ', '" "')}"\nCOMMIT\nEOF\n`, context),
      refused,
      `${form} quoted`,
    )
  }
  t.throws(() => readRules('*filter\n-A OUTPUT -m bpf --object-pinned /sys/fs/bpf/x\nCOMMIT\n', context), refused)
  t.throws(() => readRules('*filter\n-A OUTPUT -m bpf --obj=/sys/fs/bpf/x\nCOMMIT\n', context), refused)
})

t.test('a line is held to that wherever it stands, for each family, however often it has been read', async (t) => {
  const refusedLine = '-A OUTPUT --modprobe=/tmp/x -j ACCEPT\n'
  for (const [before, line] of [
    ['', 2],
    ['', 2],
    ['# one more\n', 3],
  ] as const)
    t.throws(() => readRules(`*nat\n${before}${refusedLine}COMMIT\n`, context), {
      ...refused,
      message: new RegExp(`^line ${line}, column 11: `),
    })
  const ipv6Alone = '*filter\n-A INPUT -p ah -m ah --ahspi 1 --ahlen 2 -j ACCEPT\nCOMMIT\n'
  t.doesNotThrow(() => readRules(ipv6Alone, { ...context, family: 'ipv6' }))
  t.throws(() => readRules(ipv6Alone, context), { message: /^line 2, column 32: no option --ahlen is known/ })
})

t.test('what only looks like such an option is text', async (t) => {
  for (const rule of ['-AMINE -jMASQUERADE', '-A OUTPUT -gMINE', '-A OUTPUT -oMeth0 -vjMINE', '-NM'])
    t.doesNotThrow(() => readRules(`iptables -t mangle -NMINE\niptables -t mangle ${rule}\n`, context), rule)
  for (const option of [
    '-m comment --comment',
    '-j LOG --log-prefix',
    '-j NFLOG --nflog-prefix',
    '-m string --algo bm --string',
  ])
    for (const text of ['--modprobe=/tmp/x', '-M', '--object-pinned'])
      t.doesNotThrow(() => readRules(`*filter\n-A OUTPUT ${option} "${text}"\nCOMMIT\n`, context), `${option} ${text}`)
})

t.test('an option that nobody knows is refused while reading, whatever else is in the line', async (t) => {
  const table: readonly (readonly [text: string, message: RegExp])[] = [
    [
      '*nat\n-A OUTPUT -p tcp -j REDIRECT --to-portz 1\nCOMMIT\n',
      /^line 2, column 30: no option --to-portz is known to what is loaded here$/,
    ],
    ['*nat\n-A NONE --strange\nCOMMIT\n', /^line 2, column 9: no option --strange/],
    ['*nat\n-A OUTPUT -d 1.2.3.4.5 --strange=1\nCOMMIT\n', /^line 2, column 24: no option --strange is known$/],
    ['*nat\n-A OUTPUT -m foreign --strange\nCOMMIT\n', /^line 2, column 22: no option --strange/],
    ['iptables -A OUTPUT \\\n  --strange\n', /^line 2, column 3: no option --strange/],
    ['iptables -q\n', /^line 1, column 10: no option -q/],
  ]
  for (const [text, message] of table) t.throws(() => readRules(text, context), { fault: 'input', message }, text)
  t.doesNotThrow(
    () => readRules('*nat\n-A OUTPUT -m foreign --mark 1 --name x\nCOMMIT\n', context),
    'a module of another release, with options that are known',
  )
})
