import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { memberText } from '../../../harness/flow/ip-set.ts'
import { type CaptureOptions, readCapture } from '../../../harness/source/capture/capture.ts'
import { collectScript } from '../../../harness/source/collect/script.ts'
import { notesOf } from './read-as.ts'

const rule = (name: string, directions: string): string =>
  `-A OUTPUT -p tcp -m set --match-set ${name} ${directions} -j REDIRECT --to-ports 15001`
const saved = (...rules: readonly string[]): string[] => ['*nat', ...rules, 'COMMIT']
const text = (...lines: readonly string[]): string => `${lines.join('\n')}\n`

/** `NAME TYPE: MEMBER …`, of the sets that come with IPv4's rules. */
function setsOf(written: string, options: CaptureOptions = {}): string[] {
  const rules = readCapture(written, { family: 'ipv4', ...options }).rulesOf('ipv4', [])
  return (rules?.sets ?? []).map(({ name, type, members }) =>
    [`${name} ${type}:`, ...members.map((one) => `${one.nomatch ? '!' : ''}${memberText(one)}`)].join(' '),
  )
}

const both = saved(rule('WEB', 'dst,dst'), rule('FAR', 'dst'))
const expected = ['WEB hash:ip,port: 10.96.0.1,6:443 10.96.0.10,17:53', 'FAR hash:net: 192.0.2.0/24 !192.0.2.7/32']

t.test('sets, as ipset prints them among rules, and as commands make them', async (t) => {
  const save = [
    'create WEB hash:ip,port family inet hashsize 1024 maxelem 65536 timeout 300 counters comment',
    'add WEB 10.96.0.1,tcp:443 timeout 250 packets 7 bytes 420 comment "the API, at 10.0.0.1"',
    'add WEB 10.96.0.10,udp:53',
    'create FAR hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x12ab34cd',
    'add FAR 192.0.2.0/24',
    'add FAR 192.0.2.7 nomatch',
    'create OTHER hash:ip family inet',
    'add OTHER 192.0.2.1',
  ]
  const list = [
    ...['Name: WEB', 'Type: hash:ip,port', 'Revision: 5', 'Header: family inet hashsize 1024 maxelem 65536'],
    ...['Size in memory: 408', 'References: 1', 'Number of entries: 2', 'Members:'],
    ...['10.96.0.1,tcp:443', '10.96.0.10,udp:53 timeout 12', ''],
    ...['Name: FAR', 'Type: hash:net', 'Header: family inet', 'Members:', '192.0.2.0/24', '192.0.2.7 nomatch'],
  ]
  const commands = [
    'ipset -exist create WEB hash:ip,port',
    'ipset add WEB 10.96.0.1,tcp:https && ipset add WEB 10.96.0.10,udp:domain -exist',
    'sudo ipset create FAR hash:net || ipset flush FAR',
    'ipset -A FAR 192.0.2.0-192.0.2.255',
    'kubectl exec web-0 -- ipset add FAR 192.0.2.9',
    'ipset del FAR 192.0.2.9 2>/dev/null || true',
    'ipset add FAR 192.0.2.7/32 nomatch',
  ]
  const forms: readonly (readonly string[])[] = [
    [...both, ...save],
    [...save, ...both],
    ['root@node-1:/# iptables-save -t nat', ...both, 'root@node-1:/# ipset save', ...save],
    [...both, '$ sudo ipset list', ...list],
    [...both, '$ ipset save', ...save.map((line) => `2024-05-01T10:00:00Z ${line}`)],
    ['```', ...both, '```', '```', ...save, '```'],
    ['#!/bin/sh', ...commands, 'iptables-restore <<EOF', ...both, 'EOF'],
    ['#!/bin/sh', 'ipset restore <<EOF', ...save, 'EOF', 'iptables-restore <<EOF', ...both, 'EOF'],
    [...both, ...save, '$ ipset save', ...save.map((line) => line.replace(/203/, '192'))],
  ]
  for (const lines of forms) {
    t.same(setsOf(text(...lines)), expected, lines.join('\n'))
    t.same(readCapture(text(...lines), { family: 'ipv4' }).unsaid, [])
  }
  t.match(notesOf(text(...both, ...save), { family: 'ipv4' }), [
    'read beside the rules: 3 sets with 5 members, as they were then; none expires here',
  ])
})

t.test('every type of set', async (t) => {
  const types: readonly (readonly [options: string, member: string, read?: string])[] = [
    ['hash:ip', '10.0.0.0/30'],
    ['hash:ip family inet6', 'fd00::1'],
    ['hash:ip,port', '10.0.0.1,tcp:8000-8009', '10.0.0.1,6:8000-8009'],
    ['hash:ip,port', '10.0.0.1,icmp:8/0', '10.0.0.1,1:2048'],
    ['hash:ip,port', '10.0.0.1,icmp:echo-request', '10.0.0.1,1:2048'],
    ['hash:ip,port', '10.0.0.1,vrrp:0', '10.0.0.1,112:0'],
    ['hash:ip,port,ip', '10.0.0.1,tcp:80,10.0.0.2', '10.0.0.1,6:80,10.0.0.2'],
    ['hash:ip,port,net', '10.0.0.1,80,10.2.0.0/16', '10.0.0.1,6:80,10.2.0.0/16'],
    ['hash:net,port family inet6', 'fd00::/64,udp:53', 'fd00::/64,17:53'],
    ['hash:net,net', '10.0.0.0/8,192.0.2.0/24'],
    ['hash:net,port,net', '10.0.0.0/8,tcp:1,0.0.0.0/0', '10.0.0.0/8,6:1,0.0.0.0/0'],
    ['hash:net,iface', '10.0.0.0/8,eth0'],
    ['hash:ip,mark', '10.0.0.1,0x00000042', '10.0.0.1,0x42'],
    ['hash:mac', '02:00:00:00:00:01'],
    ['bitmap:port range 0-1023', '80'],
    ['bitmap:ip range 10.0.0.0-10.0.0.255', '10.0.0.7'],
    ['iphash', '10.0.0.1'],
  ]
  for (const [options, member, read = member] of types) {
    const [type = ''] = options.split(' ')
    const [found] = setsOf(text(...saved(rule('S', 'dst,dst,dst')), `create S ${options}`, `add S ${member}`))
    t.equal(found, `S ${type === 'iphash' ? 'hash:ip' : type}: ${read}`, `${options}: ${member}`)
  }
  t.same(
    setsOf(
      text(...saved(rule('ALL', 'dst')), 'create ALL list:set', 'create A hash:ip', 'add ALL A', 'add A 10.0.0.1'),
    ),
    ['A hash:ip: 10.0.0.1', 'ALL list:set: A'],
    'a set is there before the one that holds it',
  )
})

t.test('what is wrong with a member is said of all at once, with its place', async (t) => {
  const wrong = text(
    ...saved(rule('S', 'dst,dst')),
    'create S hash:ip,port',
    'add S 10.0.0.300,tcp:80',
    'add S 10.0.0.1',
    'add S fd00::1,tcp:80',
    'add S 10.0.0.1,tcp:80 forever',
    '  add S 10.0.0.1,nothing:80',
    'add S 10.0.0.1,tcp:99999',
    'add T 10.0.0.1',
  )
  const lines = [
    "line 5, column 7: '10.0.0.300' is no address",
    "line 6, column 7: '10.0.0.1' has 1 part; a member of hash:ip,port has 2",
    "line 7, column 7: 'fd00::1' is no IPv4 address, as the set has them",
    "line 8, column 7: 'forever' is no option of a member",
    "line 9, column 9: 'nothing' is no protocol",
    "line 10, column 7: '99999' is no port",
    'line 11, column 5: nothing creates the set T that this adds to',
  ]
  t.throws(() => setsOf(wrong), { message: lines.join('\n'), hint: /--complete: the member is left out/ })
  t.same(setsOf(wrong, { complete: true }), ['S hash:ip,port:'])
})

t.test('a set of which the text does not say what is in it', async (t) => {
  const nothing = text(...saved(rule('S', 'dst'), rule('T', 'dst')), 'create T hash:thing', 'add T 10.0.0.1')
  const { unsaid } = readCapture(nothing, { family: 'ipv4' })
  t.same(unsaid, [
    'line 2: the members of set S (`ipset save` shows them)',
    'line 3: the members of set T (it is of type hash:thing, which is not known here)',
  ])
  t.same(setsOf(nothing, { complete: true }), ['S list:set:', 'T list:set:'], 'with --complete they hold nothing')
  const looped = text(
    '#!/bin/sh',
    'for ip in $(cat file); do ipset add S $ip; done',
    'iptables-restore <<EOF',
    ...saved(rule('S', 'dst')),
    'EOF',
  )
  t.match(readCapture(looped, { family: 'ipv4' }).unsaid, [/line 5: the members of set S/])
  t.same(setsOf(text('Please add a rule there.', ...saved('-A OUTPUT -j ACCEPT'))), [], 'prose is no set')
})

t.test('sidetrack collect takes the sets that rules ask about, and says so where it cannot', async (t) => {
  const save = `#!/bin/sh\ncase $0 in *iptables-nft-save) cat <<'EOF'\n${text(...saved(rule('S', 'dst')))}EOF\nesac\n`
  const programs = [
    'iptables-nft-save',
    'ip6tables-nft-save',
    'iptables-legacy-save',
    'ip6tables-legacy-save',
    'nft',
    'ip',
    'ss',
  ]
  const folder = t.testdir({})
  const program = (name: string, script: string): void => {
    writeFileSync(join(folder, name), script)
    chmodSync(join(folder, name), 0o755)
  }
  for (const name of programs) program(name, save)
  const taken = (redacts: boolean): string =>
    spawnSync('sh', { input: collectScript(redacts), env: { PATH: `${folder}:/usr/bin:/bin` }, encoding: 'utf8' })
      .stdout
  if (spawnSync('ipset', ['version']).error !== undefined)
    t.match(taken(false), /^## sidetrack missing: ipset$/m, 'the program is not there')
  program('ipset', "#!/bin/sh\nprintf 'create S hash:ip family inet\\nadd S 10.1.2.3\\nadd S 10.1.2.4\\n'\n")
  t.same(setsOf(taken(false)), ['S hash:ip: 10.1.2.3 10.1.2.4'])
  const redacted = taken(true)
  t.match(setsOf(redacted), [/^S hash:ip: 10\.\d+\.\d+\.3 10\.\d+\.\d+\.4$/])
  t.notMatch(redacted, /10\.1\.2\.3/)
})
