import t from 'tap'
import { Causes } from '../../../harness/report/describing/causes.ts'
import { causeFacts, describeReason } from '../../../harness/report/describing/describe-cause.ts'
import { failureFacts } from '../../../harness/report/describing/failure-facts.ts'
import { pretty } from '../../../harness/report/reporters/pretty/pretty.ts'
import type { CheckResult } from '../../../harness/run/checks/check.ts'
import { context, events, failed, natRule, passed, written } from '../example.ts'

const redirect = natRule(4, '-A OUT -j REDIRECT')
const ports = (list: string) =>
  ({ ...redirect, rule: 2, text: `-A OUT -p tcp -m multiport --dports ${list} -j RETURN`, target: 'RETURN' }) as const

/** The failed check, as another one. */
function another(
  name: string,
  result: Partial<CheckResult> = {},
  backend: 'nft' | 'legacy' = 'nft',
  family: 'ipv4' | 'ipv6' = 'ipv4',
): CheckResult {
  return {
    ...failed,
    ...result,
    check: { ...failed.check, id: `osm/exclusions/title/${name}/${backend}/${family}`, backend, family },
  }
}

function causesFrom(...results: CheckResult[]) {
  const causes = new Causes()
  for (const result of results) causes.add(result)
  return causes.list()
}

function causesOf(...results: CheckResult[]) {
  return causesFrom(...results).map((cause) => [describeReason(cause), cause.checks, cause.flows.length])
}

t.test('what passed has no cause', async (t) => {
  t.same(causesOf(passed, { ...passed, status: 'skipped', reason: 'no IPv6' }), [])
})

t.test('a deciding rule is one cause, on every backend and in both families', async (t) => {
  const decidedBy = { observed: [redirect] }
  const results = [
    another('a', { decidedBy }),
    another('a', { decidedBy }, 'legacy'),
    another('a', { decidedBy }, 'nft', 'ipv6'),
    another('b', { decidedBy }),
  ]
  t.same(causesOf(...results), [['nat OUT rule 4 decides, and not as promised', 4, 2]])
})

t.test('a rule that is missing is the cause, whichever rule decides in its place', async (t) => {
  const promisedBy = (list: string) => ({ source: 'osm@1.2', rules: [{ rule: ports(list), isMissing: true }] })
  const results = [
    another('a', { decidedBy: { observed: [redirect] }, promisedBy: promisedBy('6379') }),
    another('b', { decidedBy: { observed: [] }, promisedBy: promisedBy('80,443') }),
  ]
  t.same(causesOf(...results), [['nat OUT lacks a rule that osm@1.2 has there', 2, 2]], "whatever the config's list")
  const there = { ...promisedBy('6379'), rules: [{ rule: ports('6379'), isMissing: false }] }
  t.same(causesOf(another('a', { decidedBy: { observed: [redirect] }, promisedBy: there })), [
    ['nat OUT rule 4 decides, and not as promised', 1, 1],
  ])
})

t.test('which rule is missing is asked for the dial at which the journey goes astray', async (t) => {
  const looped: CheckResult = {
    ...another('a'),
    check: { ...another('a').check, expected: { verdict: 'redirected', listener: 'outbound', then: ['refused'] } },
    parting: { at: 1, expected: (['outbound', 'refused'] as const).map((at) => ({ kind: 'station', at })) },
    decidedBy: { observed: [redirect, { ...redirect, connection: 1 }] },
    promisedBy: {
      source: 'osm@1.2',
      rules: [
        { rule: redirect, isMissing: false },
        { rule: { ...ports('80'), connection: 1, chain: 'LATER' }, isMissing: true },
      ],
    },
  }
  t.same(causesOf(looped), [['nat LATER lacks a rule that osm@1.2 has there', 1, 1]])
})

t.test('a cause and a failure name the same rule, and say alike how it is known', async (t) => {
  const rejects = { ...redirect, chain: 'INPUT', packet: 'error', decides: true } as const
  const untraced = another('a', {
    decidedBy: { observed: [{ ...redirect, decides: false }], predicted: [redirect, rejects] },
  })
  const predicted = another('b', { decidedBy: { predicted: [redirect] } })
  for (const result of [untraced, predicted]) {
    const [cause] = causesFrom(result)
    const [fact] = failureFacts(result, context).filter(({ name }) => name === 'decided by')
    t.match(fact?.text, 'as predicted')
    t.match(cause && causeFacts(cause), [fact])
  }
  const [cause] = causesFrom(predicted, another('c', { decidedBy: { observed: [redirect] } }))
  t.notMatch(cause && causeFacts(cause)[0], /as predicted/, 'what one kernel has traced is known')
})

t.test('no rule, and a rule that nobody can tell, are causes of their own', async (t) => {
  t.same(causesOf(another('a', { decidedBy: { observed: [] } }), another('b', { decidedBy: {} })), [
    ['no rule decides', 1, 1],
    ['which rule decides is not known', 1, 1],
  ])
})

t.test('a fault that strikes many is told once, and the gravest comes first', async (t) => {
  const error = (name: string, fault: 'machine' | 'sidetrack', reason: string) =>
    another(name, { status: 'error', fault, reason })
  const rejected = (backend: 'nft' | 'legacy', line: number, message: string) =>
    another(
      'r',
      {
        status: 'error',
        fault: 'rules',
        reason: `the rules are rejected at line ${line} (-A OUT --dports 80): ${message}`,
      },
      backend,
    )
  t.same(
    causesOf(
      error('a', 'machine', 'no such module'),
      error('b', 'machine', 'no such module'),
      rejected('nft', 3, 'bad'),
      rejected('legacy', 7, 'worse'),
      error('e', 'machine', 'no option of that value ["203.0.113.0/24"]; leave it out'),
      error('f', 'machine', 'no option of that value ["10.0.0.0/8","eth0"]; leave it out'),
      another('c', { decidedBy: { observed: [redirect] } }),
      error('d', 'sidetrack', 'a bug'),
    ).map(([reason, checks]) => [reason, checks]),
    [
      ['a bug', 1],
      ['nat OUT rule 4 decides, and not as promised', 1],
      ['the rules are rejected at line 7 (-A OUT --dports 80): worse', 2],
      ['no such module', 2],
      ['no option of that value ["203.0.113.0/24"]; leave it out', 2],
    ],
  )
})

t.test('hundreds of failures of one cause are a screen, of many causes too', async (t) => {
  const evidence = { rules: `*nat\n${'[0:0] -A OUT -p tcp -j RETURN\n'.repeat(300)}COMMIT\n`, conntrack: [] }
  const lines = (results: CheckResult[], verbose = false) =>
    written(pretty, events(...results), { verbose }).split('\n').length
  const alike = Array.from({ length: 300 }, (_, index) =>
    another(`f${index}`, { decidedBy: { observed: [redirect] }, evidence }),
  )
  t.ok(lines(alike) <= 60, `${lines(alike)} lines`)
  t.match(written(pretty, events(...alike)), '  … and 290 further flows; --verbose shows them all\n')
  const unlike = Array.from({ length: 40 }, (_, index) => {
    const chain = `C${'x'.repeat(index + 1)}`
    return another(`f${index}`, {
      decidedBy: { observed: [{ ...redirect, chain, text: `-A ${chain} -j REDIRECT` }] },
      evidence,
    })
  })
  t.ok(lines(unlike) <= 60, `${lines(unlike)} lines`)
  t.match(written(pretty, events(...unlike)), '… and 35 further causes of 35 checks; --verbose shows them all\n')
  t.ok(lines(unlike, true) > 40 * 20, 'and with --verbose all of it')
})

t.test("prose is wrapped at the terminal's width, rules and commands are not", async (t) => {
  const decidedBy = {
    observed: [{ ...redirect, text: `-A OUT -m comment --comment "${'long '.repeat(30)}" -j REDIRECT` }],
  }
  let text = ''
  const listen = pretty(
    { write: (chunk) => (text += chunk), isTTY: true, columns: 60 },
    { color: false, path: (file) => file, program: 'sidetrack', carried: [], verbose: false },
  )
  for (const event of events(another('a', { decidedBy }), another('b', { decidedBy }))) listen(event)
  const wide = text.split(/\n|\r\x1b\[K/).filter((line) => line.length > 60)
  t.same(
    wide.filter((line) => !/-A OUT|sidetrack run|^ {2}[> ] \d|expected journey/.test(line)),
    [],
    'a rule, a command and a table stay as they are',
  )
  t.ok(
    text.split('\n').some((line) => line.includes('"long long long')),
    'the rule stands on one line',
  )
  t.ok(
    text.split('\n').some((line) => line.startsWith('    ') && /exclusions:8$/.test(line)),
    'a flow goes on below itself',
  )
})
