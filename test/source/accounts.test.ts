import t from 'tap'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { withAccountNumbers } from '../../harness/iptables/texts/account-numbers.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'
import { type AccountBook, type AccountOptions, withAccounts } from '../../harness/source/rules/accounts.ts'
import { capturedSource } from '../../harness/source/kinds/captured.ts'
import { builderSource } from '../../harness/source/kinds/builder.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { printText } from '../../harness/source/rules/print-text.ts'
import { request } from './request.ts'

const book = (where: string, ids: Record<string, number>): AccountBook => ({ where, ids: new Map(Object.entries(ids)) })

const numbered = (rule: string): string => {
  const text = readRules(`*nat\n-A OUTPUT ${rule}\nCOMMIT\n`, { family: 'ipv4', podIPs: [] }) as RuleText & {
    form: 'restore'
  }
  const found = withAccountNumbers(text, ({ of, name, line }) =>
    line === 2 && name !== 'nobody' ? (of === 'uid' ? 101 : 202) : undefined,
  )
  return (found as typeof text).payload.split('\n')[1]?.slice('-A OUTPUT '.length) ?? ''
}

t.test('names are replaced wherever iptables would look them up, and nothing else is', async (t) => {
  for (const [rule, expected] of [
    ['-m owner --uid-owner envoy -j ACCEPT', '-m owner --uid-owner 101   -j ACCEPT'],
    ['-m owner ! --uid-owner a --gid-owner b.c-d', '-m owner ! --uid-owner 101 --gid-owner 202'],
    ['-m owner --uid-own=envoy --suppl-groups', '-m owner --uid-own=101   --suppl-groups'],
    ['-m owner --gid "mesh" -j ACCEPT', '-m owner --gid "202" -j ACCEPT'],
    ['-m owner --uid-owner nobody --gid-owner nobody', undefined],
    ['-m owner --uid-owner 5 --gid-owner 7-9', undefined],
    ['-m owner --uid-owner 5 -m comment --comment "--uid-owner envoy"', undefined],
    ['-m comment --comment envoy -j ACCEPT', undefined],
  ] as const)
    t.equal(numbered(rule), expected ?? rule, rule)
})

t.test('in commands as well, each with its line', async (t) => {
  const script = 'iptables -t nat -N A\n\niptables -t nat -A A -m owner --uid-owner envoy --gid-own=mesh -j RETURN\n'
  const text = readRules(script, { family: 'ipv4', podIPs: [] }) as RuleText
  const asked: unknown[] = []
  const found = withAccountNumbers(text, (named) => {
    asked.push(named)
    return asked.length
  })
  t.same(asked, [
    { of: 'uid', name: 'envoy', line: 3 },
    { of: 'gid', name: 'mesh', line: 3 },
  ])
  t.match(printText(found), /--uid-owner 1 --gid-own=2 -j RETURN/)
})

const names =
  '*nat\n-A OUTPUT -m owner --uid-owner envoy -j RETURN\n-A OUTPUT -m owner --gid-owner root -j RETURN\nCOMMIT\n'
const image = { uid: [book('/etc/passwd of image:x', { envoy: 101 })], gid: [book('/etc/group of image:x', {})] }

const program = (options: AccountOptions, output = names): RuleSource =>
  withAccounts(
    builderSource('image:x', async () => ({ exitCode: 0, stdout: output, stderr: '' }) as never),
    () => image,
    options,
  )
const rulesOf = async (source: RuleSource): Promise<string> => printText((await source.rules(request())) as RuleText)

t.test("a program's names are those of where it is from, unless others are given", async (t) => {
  const own = program({})
  t.match(await rulesOf(own), /--uid-owner 101 [\s\S]*--gid-owner root/)
  t.equal(await own.rules(request()), await own.rules(request()), 'what is made of a text is made once')
  t.same(own.accounts?.notes(), ['accounts: envoy is UID 101, by /etc/passwd of image:x'])
  const given = program({ given: { uid: book('--passwd FILE', { envoy: 7 }) } })
  t.match(await rulesOf(given), /--uid-owner 7 /)
  t.same(given.accounts?.notes(), ['accounts: envoy is UID 7, by --passwd FILE'])
})

t.test("a name that a container's iptables looks up is left to it, and said to be", async (t) => {
  const source = (books: { uid: AccountBook[]; gid: AccountBook[] }): RuleSource =>
    withAccounts(
      builderSource('a text', async () => ({ exitCode: 0, stdout: names, stderr: '' }) as never),
      () => books,
      { loader: 'a container' },
    )
  const note =
    'accounts: envoy is the user who is called so in /etc/passwd of a container, whose iptables looks it up; --passwd FILE says otherwise'
  for (const uid of [[], [book('the capture', { other: 1 })]]) {
    const left = source({ uid, gid: [] })
    t.match(await rulesOf(left), /--uid-owner envoy [\s\S]*--gid-owner root/)
    t.same(left.accounts?.notes(), [note], 'root is root everywhere')
  }
  const own = source({ uid: [book('the capture', { envoy: 5 })], gid: [] })
  t.match(await rulesOf(own), /--uid-owner 5 /)
  t.same(own.accounts?.notes(), ['accounts: envoy is UID 5, by the capture'])
})

t.test('a name that nobody knows is told with its line, or kept', async (t) => {
  const unknown = names.replace('root', 'mesh')
  const message = "image:x, line 3: a rule names the group 'mesh', which is not in /etc/group of image:x"
  await t.rejects(program({}, unknown).rules(request()), { fault: 'rules', message })
  const kept = program({ keepsUnknown: true }, unknown)
  t.match(await rulesOf(kept), /--uid-owner 101 [\s\S]*--gid-owner mesh/)
  t.match(kept.accounts?.unknown(), [message])
})

t.test('a capture shows its own; what it does not show is taken from this machine, and said', async (t) => {
  const here = () => ({
    uid: [{ ...book('/etc/passwd of this machine', { envoy: 5, other: 6 }), isAssumed: true as const }],
    gid: [],
  })
  const text = `${names.replace('--gid-owner root', '--uid-owner other')}#sidetrack section: accounts\nu envoy 1337\n`
  const source = capturedSource('file:x', 'x', text, { accounts: { here } }, [])
  const rules = await rulesOf(source)
  t.match(rules, /--uid-owner (1337|5) [\s\S]*--uid-owner 6 /)
  t.match(
    source.accounts?.notes().at(-1),
    /^assumed: other is UID 6, as in \/etc\/passwd of this machine; --passwd FILE/,
  )
})
