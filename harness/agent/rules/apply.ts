import { type Backend, toolOf } from '../../flow/backend.ts'
import type { EndedInitContainer } from '../../flow/init-container.ts'
import { type Applied, atRule, type RuleText } from '../../flow/ruleset.ts'
import type { Family } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import { passedOn } from '../../sys/processes/passed-on.ts'
import type { Ended } from '../../sys/processes/spawn.ts'
import { patience } from '../patience.ts'
import { runProgram } from '../run-program.ts'
import { beyondSendBuffer, isTooLong, piecesOf } from './send-buffer.ts'

/**
 * Exit codes from here on say that the shell did not get as far as iptables, or what killed it; a line in the log is
 * the script's then.
 */
const shellsOwn = 126

/** `iptables-nft-restore`, `ip6tables-legacy-save`, … */
export function programName(family: Family, backend: Backend, tool: '' | '-restore' | '-save'): string {
  return `${toolOf(family)}-${backend}${tool}`
}

/**
 * Runs an iptables program in a pod. Every pod has lock files of its own, one a family: xt_tables' lock is one for the
 * whole machine otherwise (iptables(8), -w), and iptables-legacy-restore 1.8.11 fails where another program holds it.
 * @param signal kills it.
 * @throws HarnessError (`machine`) if the program is missing, or was killed: what it would have said is not known.
 */
export async function iptables(
  pod: { name: string; fd: number },
  program: string,
  args: readonly string[],
  input = '',
  signal?: AbortSignal,
): Promise<Ended> {
  const env = { ...passedOn(), XTABLES_LOCKFILE: `/run/xtables-${pod.name}-${program.split('-')[0]}.lock` }
  const options = { env, input, namespace: pod.fd, timeout: patience.milliseconds, ...(signal && { signal }) }
  const ended = await runProgram(program, args, options)
  signal?.throwIfAborted()
  return ended
}

/**
 * Applies one rule text as the mesh's init container would, and stops at the first line that is rejected.
 * @param signal ends it.
 * @throws HarnessError (`machine`) if iptables is missing, or the kernel lacks what it needs.
 */
export async function applyRules(
  pod: { name: string; fd: number },
  backend: Backend,
  text: RuleText,
  signal?: AbortSignal,
): Promise<Applied> {
  if (text.form === 'restore') {
    const finished = await iptables(
      pod,
      programName(text.family, backend, '-restore'),
      ['--noflush'],
      text.payload,
      signal,
    )
    if (finished.exitCode === 0) return { ok: true }
    if (isTooLong(finished.output)) return checkPieces(pod, backend, text, failedLine(finished.output))
    const line = failedLine(finished.output)
    return rejected(pod, backend, text, line, text.payload.split('\n')[line - 1] ?? '', finished)
  }
  const program = programName(text.family, backend, '')
  for (const { argv, line } of text.commands) {
    const finished = await iptables(pod, program, argv, '', signal)
    if (finished.exitCode !== 0) return rejected(pod, backend, text, line, [program, ...argv].join(' '), finished)
  }
  return { ok: true }
}

/**
 * Finds out whether anything else is wrong with rules that do not fit into one message: in pieces the kernel says. What
 * that makes of the pod is not what the whole would have left, so nothing is sent through it.
 * @throws HarnessError (`machine`, skips) if nothing is; (`rules`) with the line that is.
 */
async function checkPieces(
  pod: { name: string; fd: number },
  backend: Backend,
  text: RuleText & { form: 'restore' },
  refusedAt: number,
): Promise<never> {
  const { family, payload } = text
  const program = programName(family, backend, '-restore')
  for (const piece of piecesOf(payload, refusedAt)) {
    const finished = await iptables(pod, program, ['--noflush'], piece)
    if (finished.exitCode === 0) continue
    const line = failedLine(finished.output)
    const applied = await rejected(pod, backend, text, line, payload.split('\n')[line - 1] ?? '', finished)
    throw new HarnessError('rules', `the rules are rejected${atRule(applied)}: ${applied.message}`)
  }
  throw beyondSendBuffer(program, payload)
}

/**
 * Finds out what init containers have made of a pod's rules, each of which was to apply one text.
 * @param ended in the order in which they ran; one that fails is the last.
 * @throws HarnessError (`machine`) if the kernel lacks what the rules need.
 */
export async function appliedByInitContainers(
  pod: { name: string; fd: number },
  backend: Backend,
  texts: readonly RuleText[],
  ended: readonly EndedInitContainer[],
): Promise<Applied | 'none'> {
  const last = ended.at(-1)
  const text = texts[ended.length - 1]
  if (last === undefined || text === undefined) return 'none'
  if (last.exitCode === 0) return { ok: true }
  const line = text.form === 'restore' && last.exitCode < shellsOwn ? failedLine(last.log) : 0
  const words = text.form === 'restore' ? (text.payload.split('\n')[line - 1] ?? '') : ''
  return rejected(pod, backend, text, line, words, { output: last.log }, kernelLacks)
}

/** Both backends name the line: "line 7 failed", "Error occurred at line: 7", "line 7: RULE_APPEND failed". */
function failedLine(output: string): number {
  return Number(/line:? (\d+)/.exec(output)?.[1] ?? 0)
}

interface Lack {
  says: RegExp
  hint: string
}

/** What iptables says when not the rules are at fault but the kernel that it runs on. */
const kernelLacks: readonly Lack[] = [
  {
    says: /Table does not exist|does your kernel support/i,
    hint: 'the kernel lacks a table or module; see `sidetrack doctor`',
  },
]
/** Or as the user that an init container names, which is the mesh's choice. */
const machineLacks: readonly Lack[] = [
  ...kernelLacks,
  { says: /you must be root|Permission denied/i, hint: 'see `sidetrack doctor`' },
]

/** iptables' name and version, and nothing said. */
const nameAlone = /^\S+ v[\d.]+ \([a-z_]+\):\s*$/

/** An address and a mask of nothing, negated. */
const noAddress = /! (?:-[sd]|--(?:src|dst|source|destination)) \S*\/(?:0+|0\.0\.0\.0|::)(?= |$)/

/**
 * What iptables says, in one line: of what the kernel refuses iptables-nft has only its own name in the first one.
 * @param words the rule.
 */
export function reasonIn(output: string, words: string): string {
  const said = output.split('\n').filter((line) => line.trim() !== '' && !/^Try `|^Error occurred/.test(line))
  const [first = 'rejected', second] = said
  const reason = nameAlone.test(first) && second !== undefined ? `${first.trimEnd()} ${second}` : first
  const [asked] = /_(?:APPEND|INSERT|REPLACE) failed \(Invalid argument\)/.test(reason)
    ? (noAddress.exec(words) ?? [])
    : []
  return asked === undefined
    ? reason
    : `${reason}; iptables-nft loads no rule with '${asked}', which no packet meets: leave it out`
}

async function rejected(
  pod: { name: string; fd: number },
  backend: Backend,
  { family, application }: RuleText,
  line: number,
  words: string,
  { output }: Pick<Ended, 'output'>,
  lacks = machineLacks,
): Promise<Applied & { ok: false }> {
  const message = reasonIn(output, words)
  const lack = lacks.find(({ says }) => says.test(output))
  if (lack !== undefined)
    throw new HarnessError('machine', `${programName(family, backend, '')}: ${message}`, { hint: lack.hint })
  const left = await iptables(pod, programName(family, backend, '-save'), [])
  const leaves = /^(-A|:\S+ -)/m.test(left.output) ? 'part' : 'nothing'
  return { ok: false, line, text: words.trim(), message, leaves, ...(application !== undefined && { application }) }
}
