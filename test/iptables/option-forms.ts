import { families, type Family } from '../../harness/core/address.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import type { MatchExtension, TargetExtension } from '../../harness/iptables/extensions/extension.ts'
import type { OptionSpec } from '../../harness/iptables/extensions/option.ts'
import { findModule } from '../../harness/iptables/syntax/modules.ts'
import { findTarget } from '../../harness/iptables/syntax/targets.ts'
import { type Base, matchBases, targetBases } from './extension-forms.ts'

/** Values of every kind, right and wrong: numbers at the ends of their ranges, pairs, addresses, names. */
const probes =
  '0 1 2 3 8 15 16 17 31 32 33 63 64 127 128 255 256 65515 65516 65535 65536 4294967295 4294967296 18446744073709551616 0x10 010 08 -1 +1 1a ' +
  '1: :1 1:2 2:1 1:2:3 : 1-2 2-1 1/2 1/ /1 1,2 1,1 1/s 5/minute 9/x 0/s 0.5 1.5 .5 1e1 any mark inf http bogus-name tcp TCP src src,dst dst,xxx ' +
  'NEW new,established n,e x, ,x LOCAL l SYN syn,ack SYN, ALL NONE none both original REPLY in out ipsec random nth bm kmp fsm 250ms 1s 10x ' +
  '1.1.1.1 1.1.1.1/8 1.1.1.1/33 1.1.1.1-1.1.1.2 1.1.1.1:80 1.1.1.1:80-90 1.1.1.1:90-80 [1::1]:80 ::1 ::1/64 ::1/129 10 10.1 1.1.1.1/255.0.255.0 ' +
  '00:11:22:33:44:55 0:1:2:3:4:5 00:11:22:33:44 2024-01-01 2024-13-01 10:00 24:00 Mon,Tu 1,31 32 0=1 0>>1=2 1,6|61| |61|a |6| AF11 cs8 EF accept Drop ' +
  'mss,sack 2,3 request bu 1:300 DATA DATA:U INIT:U unicast xcast 5kb/s "" "a b" 12345678901234567890123456789012345678901234567890 root 1-2147483648'

const values = probes.split(/ (?=(?:[^"]*"[^"]*")*[^"]*$)/)

const quoted = (text: string): string => (/^"/.test(text) ? text : /[|\s]/.test(text) ? `"${text}"` : text)

/** Addresses of the family in what is written for IPv4. */
const inFamily = (text: string, family: Family): string =>
  family === 'ipv4'
    ? text
    : text.replace(/1\.1\.1\.(\d)(\/24)?/g, (_, last, prefix) => `1::${last}${prefix === undefined ? '' : '/64'}`)

const optionsIn = (text: string): string[] => text.split(/ (?=--)/).filter((part) => part !== '')

/**
 * Every way that one option of an extension is tried in: each value, with `=`, negated, twice, cut short, and without
 * its value.
 */
function* waysOf(spec: OptionSpec, base: Base): Generator<string> {
  const { option, words, without = [], also = [] } = spec
  const names = [option, ...also]
  const others = optionsIn(base.options ?? '').filter(
    (part) => ![...names, ...without].includes(part.split(' ')[0] ?? ''),
  )
  const put = (text: string): string => [...others, text].join(' ')
  const own = optionsIn(base.options ?? '').find((part) => names.includes(part.split(' ')[0] ?? ''))
  const good = own?.split(' ').slice(1).join(' ') ?? '1'
  if (words === 0 || words === 'maybe') {
    for (const text of [
      option,
      `! ${option}`,
      `${option} ${option}`,
      `${option} 1`,
      `${option}=1`,
      option.slice(0, -1),
    ])
      yield put(text)
    return
  }
  for (const name of names)
    for (const value of values)
      yield put(`${name} ${words === 2 ? `${quoted(value)} ${quoted(value)}` : quoted(value)}`)
  for (const text of [
    option,
    `! ${option} ${good}`,
    `${option} ! ${good}`,
    `${option}=${good}`,
    `${option} ${good} ${option} ${good}`,
    `${option.slice(0, -1)} ${good}`,
    `${option.slice(0, 5)} ${good}`,
    `${option}x ${good}`,
    `${option} ${good} ${good}`,
  ])
    yield put(text)
}

interface Form {
  name: string
  family: Family
  payload: string
}

function* formsOf(
  flag: '-m' | '-j',
  name: string,
  base: Base,
  spec: MatchExtension | TargetExtension,
  family: Family,
): Generator<Form> {
  const { before = '', table = 'filter', chain = 'C', options = '' } = base
  const form = (rule: string): Form => ({
    name,
    family,
    payload: inFamily(`*${table}\n${chain === 'C' ? ':C - [0:0]\n' : ''}-A ${chain} ${rule}\nCOMMIT\n`, family),
  })
  const loaded = `${before} ${flag} ${name}`.trim()
  yield form(`${loaded} ${options}`.trim())
  yield form(loaded)
  yield form(`${flag} ${name} ${options} ${before}`.trim())
  yield form(`${loaded} ${options} ${flag} ${name} ${options}`)
  for (const part of optionsIn(options))
    yield form(
      `${loaded} ${optionsIn(options)
        .filter((other) => other !== part)
        .join(' ')}`,
    )
  for (const other of ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])
    for (const where of ['raw', 'mangle', 'nat', 'filter'])
      yield { name, family, payload: inFamily(`*${where}\n-A ${other} ${loaded} ${options}\nCOMMIT\n`, family) }
  for (const option of spec.options) for (const way of waysOf(option, base)) yield form(`${loaded} ${way}`)
}

/** A rule for every option of every match and target that can be tried, in every way. */
export function optionForms(): (Form & { text: RuleText })[] {
  const all = families.flatMap((family) => [
    ...Object.entries(matchBases).flatMap(([name, base]) =>
      formsIn('-m', name, base, findModule(name, family)?.spec, family),
    ),
    ...Object.entries(targetBases).flatMap(([name, base]) =>
      formsIn('-j', name, base, findTarget(name, family), family),
    ),
  ])
  return all.map(({ payload, ...form }, index) => {
    // What has such a name is kept by the kernel as long as a rule asks for it, and must be the same for all that do.
    const named = payload.replaceAll(/(--hashlimit-name|--rateest-name|--timeout 5 --label) a/g, `$1 n${index}`)
    return { ...form, payload: named, text: { form: 'restore', family: form.family, payload: named } }
  })
}

function formsIn(
  flag: '-m' | '-j',
  name: string,
  base: Base,
  spec: MatchExtension | TargetExtension | undefined,
  family: Family,
): Form[] {
  if (spec === undefined || (base.family !== undefined && base.family !== family)) return []
  return [...formsOf(flag, name, base, spec, family)]
}
