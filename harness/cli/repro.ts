import { asHarnessError, exitCodes, inputError } from '../core/errors.ts'
import { backends } from '../flow/backend.ts'
import { isAtLeast, severities } from '../findings/finding.ts'
import { type Ended, endedIn } from '../source/capture/pods/ended.ts'
import type { RuleSource } from '../source/rules/source.ts'
import { describeProxy } from '../report/describing/proxy.ts'
import { listenerNotes } from '../run/plan/captured-listeners.ts'
import { forwardingOf } from '../run/plan/captured-shape.ts'
import { foreignProxyWarning } from '../run/plan/foreign-proxy.ts'
import { accountNotes, accountOptions, readAccountOptions } from './options/accounts.ts'
import { capturedPodOf, sentFamilies } from './options/captured-pod.ts'
import { command } from './command/command.ts'
import {
  checkConfigured,
  type Configured,
  kubernetesOptions,
  readConfigured,
  requireSameMesh,
} from './repro/kubernetes.ts'
import { type CapturedText, podBeside } from './repro/kubernetes-files.ts'
import { proxyOption, type MeshChoice } from './options/mesh.ts'
import { type Chosen, chooseProxy } from './options/proxy.ts'
import { captureOptions, madeFromOption, passedOverLines, readAsked } from './options/source.ts'
import { refuseSharedInput } from './options/standard-input.ts'
import { flag, oneOf, withDefault } from './command/option.ts'
import { openChoices } from './options/reporter-choice.ts'
import { reporterOption, writeReport } from './repro/output.ts'
import { builtFrom, textsOf } from './repro/texts.ts'
import { sourceNamed } from './repro/source.ts'
import { requireMachine, withoutLinux } from './command/require-machine.ts'
import { startSandbox } from './options/sandbox.ts'
import { version as ownVersion } from './version.ts'

export const repro = command({
  positionals: 'FILE',
  help: 'drives all that a captured ruleset tells apart through a pod, and says where it goes and what is wrong',
  details:
    'FILE is what was captured, whatever it is: iptables-save, commands, a log, kubectl describe; - is standard input. Any SRC does too.',
  options: {
    mesh: proxyOption,
    config: madeFromOption,
    ...kubernetesOptions,
    ...captureOptions,
    ...accountOptions,
    iptables: withDefault('nft|legacy', 'nft', 'which iptables applies the rules', oneOf(backends)),
    'fail-on': withDefault(
      'note|warning|error',
      'error',
      'from which severity on a finding makes the exit code 1',
      oneOf(severities),
    ),
    static: flag('sends nothing: what the model says, without privilege; so it is where there is no Linux'),
    reporter: reporterOption,
    verbose: flag('all of it: each row and rule, and the lines that are no rules, in place of a screen'),
  },
  async run({ values, positionals: [file] }) {
    // A pod's own text has its rules, unless they were captured by themselves.
    const name = file ?? values.pod
    const rules = sourceNamed(name)
    const { iptables } = values
    const accounts = { ...readAccountOptions(values, 'namespaces'), keepsUnknown: true } as const
    refuseSharedInput({ rules, ...values, ...(file === undefined && { pod: undefined }) })
    const outputs = openChoices(values.reporter)
    const { said, source } = await readAsked(rules, values, accounts)
    const configured = await readConfigured(values, said, await capturedText(source))
    const { config, captured } = capturedPodOf(configured.config, source)
    const unsaid = source.capture?.unsaid ?? []
    const listeners = source.capture?.pod.listeners
    const unsent = values.static
      ? 'nothing was sent (--static), nor was it tried whether iptables takes the rules'
      : (withoutLinux() ?? notWhole(unsaid))
    if (unsent === undefined) requireMachine([iptables], 'or add --static, for what the model says')
    await using started = unsent === undefined ? await startSandbox({ sandbox: 'namespaces' }) : undefined
    const chosen = await chooseMesh(values.mesh, source, { ...configured, config })
    requireSameMesh(configured, chosen)
    checkConfigured(values, configured, chosen)
    const { profile, reason } = chosen
    if (profile.unknown !== undefined) throw inputError('--config', profile.unknown)
    const { examine } = await import('../repro/examine/examine.ts')
    const { refusedRule } = await import('../repro/examine/rulesets.ts')
    const { reportOf } = await import('../repro/table/report.ts')
    const { families: told, texts, podIPs } = await textsOf(source, config, chosen, iptables)
    const { families, notes: disabled } = sentFamilies(told, source)
    const isHeld = [values.config, values.pod, values.meshconfig].some((each) => each !== undefined)
    const built = !isHeld || source.kind === 'builder' ? undefined : await builtFrom(config, chosen, families)
    const [unknown] = source.accounts?.unknown() ?? []
    const refused = unsent === undefined ? undefined : refusedRule(texts, iptables)
    const why = refused === undefined ? (unsent ?? unknown) : `${unsent}; ${refused}`
    const sandbox = started === undefined || why !== undefined ? { why: why ?? '' } : await started.ready
    const examined = await examine(
      {
        source: source.capture?.name ?? source.id,
        texts,
        families,
        profile,
        podIPs,
        ...forwardingOf(source.capture),
        ...(captured && { captured }),
        backend: iptables,
        isBuilt: source.profile !== undefined,
        elsewhere: (source.capture?.notes ?? []).filter((note) =>
          /tables of ip6?tables-legacy too|of both backends/.test(note),
        ),
        ended: await endedAs(configured.ended, await capturedText(source)),
        ...(listeners && { listeners }),
        ...(Array.isArray(built) && { built, isConfigPart: configured.isPart }),
        isTabled: true,
      },
      sandbox,
    )
    const warning = foreignProxyWarning(Object.values(examined.subject.rulesets), profile, examined.addresses.own)
    const premises = [
      describeProxy(profile, reason),
      ...(warning === undefined ? [] : [warning]),
      ...(source.capture?.notes ?? []),
      ...listenerNotes(listeners, profile),
      ...examined.notes,
      ...accountNotes(source),
      ...disabled,
      ...(Array.isArray(built) ? configured.notes : []),
      ...(built === 'nobody'
        ? ['assumed: nothing of the config, since no builder of this mesh is built in to make its rules']
        : []),
      ...(values.verbose ? passedOverLines(source) : []),
    ]
    const version = 'info' in sandbox ? sandbox.info.iptables[iptables] : undefined
    const report = reportOf(examined, {
      source: name ?? '',
      premises,
      backend: iptables,
      ...(version !== undefined && { version }),
    })
    const shown = source.capture === undefined || name === '-' ? undefined : (name ?? '').replace(/^file:/, '')
    await writeReport(report, outputs, { file: shown, verbose: values.verbose, version: ownVersion() })
    if (report.disagreements.length > 0) return exitCodes.sidetrack
    return report.findings.some((finding) => isAtLeast(finding.severity, values['fail-on']))
      ? exitCodes.failed
      : exitCodes.ok
  },
})

/** A captured text as it was read. */
async function capturedText({ capture, text }: RuleSource): Promise<CapturedText | undefined> {
  const request = { schema: 'sidetrack.config/1', mesh: '', config: {}, podAnnotations: {}, podIPs: [] } as const
  return capture === undefined ? undefined : { capture, text: await text({ ...request, family: 'ipv4' }) }
}

/** Whose proxy is there: what the rules tell goes before whose config is given, which does not tell of which release. */
async function chooseMesh(
  mesh: MeshChoice | undefined,
  source: RuleSource,
  { config, mesh: configs }: Configured,
): Promise<Chosen> {
  try {
    return await chooseProxy(mesh, source, config, { orOfRules: configs === undefined })
  } catch (thrown) {
    if (configs === undefined || mesh !== undefined || asHarnessError(thrown).fault !== 'input') throw thrown
    return chooseProxy(undefined, source, { ...config, mesh: configs })
  }
}

/** How init containers ended: of one that both tell of, as the pod says. */
async function endedAs(pod: readonly Ended[], captured: CapturedText | undefined): Promise<Ended[]> {
  const { text = '' } = captured ?? {}
  // YAML and JSON of a pod tell in its status.
  const beside =
    captured !== undefined && /\binitContainerStatuses\b/.test(text) ? await podBeside(captured) : undefined
  const shown = [...endedIn(text), ...(beside?.ended ?? [])]
  return [...pod, ...shown.filter(({ name }) => !pod.some((each) => each.name === name))]
}

function notWhole([first, ...others]: readonly string[]): string | undefined {
  if (first === undefined) return undefined
  const more = others.length === 0 ? '' : `, and of ${others.length} more`
  const set = /^(line \d+): the members of set (\S+)/.exec(first)
  if (set !== null)
    return `the rule at ${set[1]} asks about set ${set[2]}, whose members are not known; add what \`ipset save\` prints to the text, or say --complete: such a set then holds nothing`
  return `a listing does not say all of the rule at ${first}${more}; capture iptables-save, or say --complete: what is not said is then not asked for`
}
