import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { durationBound, sizeBound } from '../../harness/core/bounds.ts'
import { execSource } from '../../harness/source/kinds/exec.ts'
import { parseSource } from '../../harness/source/parse.ts'
import { request } from './request.ts'

const isRoot = process.getuid?.() === 0
const payload = '*nat\n:A - [0:0]\nCOMMIT\n'

t.test("is asked on standard input, in the caller's directory, with its arguments", async (t) => {
  const directory = t.testdir({ builder: 'cat > asked.json; printf "%s\\n" "$@" > arguments; cat rules' })
  const source = parseSource("exec:sh ./builder --flag 'two words' '$x;|&'", directory)
  t.match(source, { kind: 'builder', profile: undefined })
  await t.rejects(source.rules(request()), { fault: 'rules', message: /it exited with 1: cat: rules: No such file/ })
  t.strictSame(JSON.parse(readFileSync(`${directory}/asked.json`, 'utf8')), {
    schema: 'sidetrack.config/1',
    mesh: 'osm',
    config: {},
    podAnnotations: {},
    podIPs: ['10.244.0.5'],
    family: 'ipv4',
  })
  t.equal(readFileSync(`${directory}/arguments`, 'utf8'), '--flag\ntwo words\n$x;|&\n')
})

t.test('what stands in the pod is told where the rules are applied once more', async (t) => {
  const directory = t.testdir({ builder: 'cat > asked.json' })
  await parseSource('exec:sh ./builder', directory).rules(request({}, { current: payload }))
  t.match(JSON.parse(readFileSync(`${directory}/asked.json`, 'utf8')), { current: payload })
})

t.test('its output is read in any format', async (t) => {
  t.match(await parseSource(`exec:printf '${payload.replaceAll('\n', '\\n')}'`, '/').rules(request()), {
    form: 'restore',
    payload,
  })
  t.match(await parseSource("exec:echo 'iptables -N A && iptables -N B'", '/').rules(request()), {
    commands: [{ argv: ['-N', 'A'] }, { argv: ['-N', 'B'] }],
  })
})

t.test('a bare payload is of the family that was asked for', async (t) => {
  t.match(
    await parseSource(`exec:printf '${payload.replaceAll('\n', '\\n')}'`, '/').rules(request({}, { family: 'ipv6' })),
    {
      family: 'ipv6',
      payload,
    },
  )
})

t.test('empty output means no rules', async (t) => {
  t.equal(await parseSource('exec:true', '/').rules(request()), undefined)
})

t.test('a builder that does not read its input is no error', async (t) => {
  t.equal(await parseSource('exec:true', '/').rules(request({ padding: 'x'.repeat(5_000_000) })), undefined)
})

t.test('equal configs are asked once, concurrently too; others apart', async (t) => {
  const directory = t.testdir({ builder: 'echo >> asked; cat > /dev/null' })
  const source = parseSource('exec:sh builder', directory)
  await Promise.all([
    source.rules(request({ a: 1, b: { c: 2, d: 3 } })),
    source.rules(request({ b: { d: 3, c: 2 }, a: 1 })),
    source.text(request({ a: 1, b: { c: 2, d: 3 } })),
  ])
  await source.rules(request({ a: 1, b: { c: 2, d: 3 } }))
  t.equal(readFileSync(`${directory}/asked`, 'utf8'), '\n')
  await source.rules(request({ a: 1 }))
  await source.rules(request({ a: 1 }, { family: 'ipv6' }))
  t.equal(readFileSync(`${directory}/asked`, 'utf8'), '\n\n\n')
})

t.test("a failing builder is the rules' fault, with the first lines that it said", async (t) => {
  const directory = t.testdir({
    builder: "printf '\\033[31mno ports\\033[0m\\n\\nat line 2\\nat line 3\\nat line 4\\n' >&2; exit 3",
  })
  await t.rejects(parseSource('exec:sh builder', directory).rules(request()), {
    fault: 'rules',
    message: 'exec:sh builder: it exited with 3: [31mno ports [0m | at line 2 | at line 3',
  })
})

t.test('so is one that is killed, prints too much or takes too long', async (t) => {
  await t.rejects(parseSource("exec:sh -c 'kill -9 $$'", '/').rules(request()), {
    fault: 'rules',
    message: /it was killed by SIGKILL/,
  })
  await t.rejects(
    execSource('exec:yes', 'yes', '/', { limits: { timeout: 60_000, maxBuffer: 1000 } }).rules(request()),
    {
      fault: 'rules',
      message: /printed more than 1000 bytes/,
    },
  )
})

t.test('what it says at length is not kept, and costs nothing', async (t) => {
  const before = process.resourceUsage().maxRSS
  const loud = "sh -c 'head -c 15000000 /dev/zero >&2; exit 3'"
  await t.rejects(parseSource(`exec:${loud}`, '/').rules(request()), {
    fault: 'rules',
    message: `exec:${loud}: it exited with 3`,
  })
  for (const endless of ['cat /dev/zero', "sh -c 'cat /dev/zero >&2'"])
    await t.rejects(parseSource(`exec:${endless}`, '/').rules(request()), {
      fault: 'rules',
      message: /it printed more than 16 MiB$/,
    })
  const grown = (process.resourceUsage().maxRSS - before) / 1024
  t.ok(grown < 512, `${Math.round(grown)} MiB`)
})

t.test('nothing of its output is lost', async (t) => {
  t.equal((await parseSource('exec:head -c 15000000 /dev/zero', '/').text(request())).length, 15_000_000)
})

t.test('it cannot change the rules of the machine itself', async (t) => {
  const capabilities = async (before = ''): Promise<bigint> => {
    const said = await parseSource(`exec:${before}sed -n s/^CapEff:.//p /proc/self/status`, '/').text(request())
    return BigInt(`0x${said.trim()}`)
  }
  const netAdmin = 1n << 12n
  t.equal((await capabilities()) & netAdmin, 0n)
  t.equal((await capabilities('unshare --mount -- ')) & netAdmin, 0n)
  t.equal((await capabilities('unshare -m sh -n -- ').catch(() => 0n)) & netAdmin, 0n, 'that -n is not of unshare')
  if (isRoot) t.not(await capabilities(), 0n, 'root is root for all else')
})

t.test('nor can it where its runner may make no namespaces', { skip: isRoot ? false : 'needs root' }, async (t) => {
  const runner = join(import.meta.dirname, 'fixtures/builder-runner.ts')
  const from = t.testdir()
  const builder = `exec:sed -n "s/^CapEff:.//pw ${join(from, 'capabilities')}" /proc/self/status`
  spawnSync('setpriv', ['--bounding-set=-sys_admin', process.execPath, runner, builder])
  const had = BigInt(`0x${readFileSync(join(from, 'capabilities'), 'utf8').trim()}`)
  t.equal(had & ((1n << 12n) | (1n << 21n)), 0n, 'neither CAP_NET_ADMIN nor CAP_SYS_ADMIN')
  t.not(had, 0n)
})

t.test("it has the caller's environment, or on demand hardly any", async (t) => {
  process.env['CALLERS_SECRET'] = 'yes'
  t.teardown(() => delete process.env['CALLERS_SECRET'])
  t.match(await parseSource('exec:env', '/').text(request()), /^CALLERS_SECRET=yes$/m)
  const clean = (await parseSource('exec:env', '/', { cleanEnv: true }).text(request())).trim().split('\n')
  const names = clean.flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
  t.ok(names.includes('PATH'))
  t.same(
    names.filter((name) => !['PATH', 'HOME', 'LANG', 'TMPDIR'].includes(name)),
    [],
  )
  t.throws(() => parseSource('osm', '/', { cleanEnv: true }), {
    fault: 'input',
    message: /^--clean-env: osm runs no program/,
  })
})

t.test('it can be closed in by the programs that are there for it', async (t) => {
  const links = 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "'
  t.equal(await parseSource(`exec:unshare -rn -- sh -c '${links}'`, '/').text(request()), 'lo\n')
})

t.test(
  'one that applies its rules does so in a namespace of its own',
  { skip: isRoot ? false : 'needs root' },
  async (t) => {
    const from = t.testdir({ 'apply.sh': 'iptables -t nat -A OUTPUT -p tcp -m owner --uid-owner 1337 -j RETURN\n' })
    const source = parseSource("exec:unshare -n -- sh -c 'sh ./apply.sh && iptables-save'", from)
    t.match(await source.text(request()), /^-A OUTPUT -p tcp -m owner --uid-owner 1337 -j RETURN$/m)
  },
)

t.test('a bound is told as a person says it', (t) => {
  t.same([durationBound(30_000), durationBound(200)], ['30 s', '200 ms'])
  t.same([sizeBound(16 * 1024 * 1024), sizeBound(1000)], ['16 MiB', '1000 bytes'])
  t.end()
})

t.test('a builder that takes too long is killed with everything that it started', async (t) => {
  const started = performance.now()
  const source = execSource('exec:slow', "sh -c 'sleep 20; true'", '/', { limits: { timeout: 200, maxBuffer: 1000 } })
  await t.rejects(source.rules(request()), { fault: 'rules', message: 'exec:slow: it took longer than 200 ms' })
  t.ok(performance.now() - started < 15_000, 'it has not slept to its end')
})

t.test('what compiles itself is asked alone at first, and that answer may take longer', async (t) => {
  // One that began while the first one compiles would do so as well.
  const builder = `echo >> begun
[ -e compiled ] || { sleep 1; wc -l < begun | sed 's/^ */# /'; touch compiled; }
`
  const from = t.testdir({ builder })
  const slow = parseSource('exec:sh builder', from)
  const [first] = await Promise.all([1, 2, 3, 4].map((number) => slow.text(request({ number }))))
  t.equal(first, '# 1\n', 'nobody else has begun before it has answered')
  const limits = { first: 60_000, timeout: 1, maxBuffer: 1000 }
  t.equal(await execSource('exec:echo', 'echo', from, { limits }).text(request()), '\n')
})

t.test('one that has answered nothing in time is asked no more', async (t) => {
  const from = t.testdir({ builder: 'exec sleep 60' })
  const hanging = execSource('exec:sh builder', 'sh builder', from, { limits: { timeout: 500, maxBuffer: 1000 } })
  const asked = await Promise.allSettled(Array.from({ length: 30 }, (_, number) => hanging.text(request({ number }))))
  const told = asked.map((one) => (one.status === 'rejected' ? one.reason.message : one.value))
  t.same(told, [
    ...Array.from({ length: 3 }, () => 'exec:sh builder: it took longer than 500 ms'),
    ...Array.from(
      { length: 27 },
      () => 'exec:sh builder: it has answered none of 3 questions in time, and is asked no more',
    ),
  ])
})

t.test('so is output that cannot be read', async (t) => {
  await t.rejects(parseSource('exec:echo hello', '/').rules(request()), {
    fault: 'rules',
    message: /^exec:echo hello: its output cannot be read, line 1, column 1: "hello" is neither iptables nor ip6tables/,
  })
})

t.test('rules of nft are told as what they are', async (t) => {
  const from = t.testdir({ rules: '# made by us\ntable inet mesh {\n  chain out { }\n}\n' })
  await t.rejects(parseSource('exec:cat rules', from).rules(request()), {
    fault: 'rules',
    message: 'exec:cat rules: its output cannot be read, line 2, column 1: begins rules of nft, which are not read',
    hint: /ask about rules of iptables$/,
  })
})

t.test("a program that is not there is the caller's fault", async (t) => {
  await t.rejects(parseSource('exec:./nosuch --flag', '/').rules(request()), {
    fault: 'input',
    message: 'exec:./nosuch --flag: no such program',
  })
})

t.test('so is a file that may not be run', async (t) => {
  const dir = t.testdir({ builder: '#!/bin/sh\n' })
  const question = parseSource('exec:./builder', dir).rules(request())
  await t.rejects(question, {
    fault: 'input',
    message: 'exec:./builder: it may not be run; is it an executable file (chmod +x)?',
  })
})

t.test('so are a folder, and a program without what runs it, each told as what it is', async (t) => {
  const dir = t.testdir({
    folder: {},
    'no-python': '#!/opt/nowhere/python3 -u\n',
    windows: '#!/bin/sh\r\necho\r\n',
  })
  for (const name of ['no-python', 'windows']) chmodSync(join(dir, name), 0o755)
  const told = async (file: string) => {
    const asked = parseSource(`exec:${file}`, dir).rules(request())
    return asked.then(String, (error: Error) => error.message.replace(/^exec:\S+: /, ''))
  }
  t.same(await Promise.all(['./folder', './no-python', join(dir, 'windows'), 'no-python'].map(told)), [
    'it is a folder',
    'its first line names "/opt/nowhere/python3", which is not there',
    'its first line ends as on Windows (CR LF), which names no interpreter here',
    'no such program',
  ])
})
