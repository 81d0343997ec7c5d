import { families } from '../core/address.ts'
import { exitCodes, inputError } from '../core/errors.ts'
import { backends } from '../flow/backend.ts'
import type { RuleText } from '../flow/ruleset.ts'
import { listenerNotes } from '../run/plan/captured-listeners.ts'
import { shownOf } from '../run/plan/captured-shape.ts'
import { foreignProxyWarning } from '../run/plan/foreign-proxy.ts'
import { accountNotes, accountOptions, readAccountOptions } from './options/accounts.ts'
import { addressesOfRules } from '../run/witnesses/addresses-of-rules.ts'
import { capturedPodOf } from './options/captured-pod.ts'
import { command } from './command/command.ts'
import { usual } from './options/flow.ts'
import { readRuleset } from './options/flow-pod.ts'
import { readQuestion, someProtocols, verdicts } from './find/question.ts'
import { proxyOption } from './options/mesh.ts'
import { chooseProxy } from './options/proxy.ts'
import { captureOptions, madeFromOption, cleanEnv, readAsked, requireRules, requireWhole } from './options/source.ts'
import { refuseSharedInput } from './options/standard-input.ts'
import { flag, oneOf, optional } from './command/option.ts'
import { print, printJson } from './command/output.ts'
import { requireMachine, withoutLinux } from './command/require-machine.ts'
import { startSandbox } from './options/sandbox.ts'

export const find = command({
  help: 'says which flows have a verdict, reach a port or are decided by a rule, and shows one of each kind in the kernel',
  details: `All that is asked must hold; without a question it tells every kind of flows that the rules tell apart. A name of --identity
and --not-identity stands for its UID, whatever the groups are; both leave out what comes from outside the pod. The exit code is 0 whether
there are such flows or not, and 1 where the kernel does something else than the model says.`,
  options: {
    rules: optional(
      'SRC',
      'whose rules: osm, osm@1.2, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS',
    ),
    'clean-env': cleanEnv,
    config: madeFromOption,
    mesh: proxyOption,
    ...captureOptions,
    ...accountOptions,
    verdict: optional('V,…', 'redirected, captured, direct, translated, refused, dropped, looped or unknown', verdicts),
    identity: optional('NAME|UID[:GID]', 'as whom a process runs that sends it: app, proxy, root or numbers'),
    'not-identity': optional('NAME|UID[:GID]', 'as whom it does not run'),
    reaches: optional(
      'PORT|NAME',
      'where it arrives, or what the proxy dials on: 15001, outbound, app, peer, envoy-admin',
    ),
    'decided-by': optional("'TABLE CHAIN [N]'", 'the rule that decides it, or none'),
    proto: optional('tcp|udp|icmp,…', 'its protocol', someProtocols),
    from: optional('pod|IFACE', 'where it begins: in the pod, or outside and coming in by an interface'),
    static: flag('sends nothing: what the model says, without privilege; so it is where there is no Linux'),
    verbose: flag('all of it, in place of a screen'),
    json: flag('writes sidetrack.find/1, one JSON object'),
    iptables: optional('nft|legacy', 'which iptables applies the rules (default: nft)', oneOf(backends)),
  },
  async run({ values }) {
    const rules = requireRules(values.rules)
    if (values.iptables !== undefined && values.static)
      throw inputError('--iptables', 'nothing is applied', 'leave out --static')
    refuseSharedInput(values)
    const isStatic = values.static || withoutLinux() !== undefined
    if (!isStatic) requireMachine([values.iptables ?? 'nft'], 'or add --static, for what the model says')
    await using sandbox = isStatic ? undefined : await startSandbox({ sandbox: 'namespaces' })
    const { said, source } = await readAsked(
      rules,
      values,
      readAccountOptions(values, isStatic ? undefined : 'namespaces'),
    )
    if (!isStatic) requireWhole(source)
    const { config, captured } = capturedPodOf(said, source)
    const { profile, reason } = await chooseProxy(values.mesh, source, config, { orOfRules: true })
    if (profile.unknown !== undefined) throw inputError('--config', profile.unknown)
    const known = source.capture?.families ?? families
    if (values.family !== undefined && !known.includes(values.family))
      throw inputError('--family', `the text has no rules for ${values.family}`, `it speaks of ${known.join(' and ')}`)
    const podIPs = config.podIPs ?? Object.values(usual.pod)
    const read = await Promise.all(known.map((family) => readRuleset(source, config, profile, family, podIPs)))
    const texts: RuleText[] = read.flatMap((one) => one.texts)
    const rulesets = read.map(({ ruleset }) => ruleset)
    const { addresses, missing, notes } = addressesOfRules(rulesets, podIPs, shownOf(source.capture), captured)
    const warning = foreignProxyWarning(rulesets, profile, podIPs)
    const premises = {
      profile,
      reason,
      notes: [
        ...(warning === undefined ? [] : [warning]),
        ...unmade(missing),
        ...(source.capture?.notes ?? []),
        ...accountNotes(source),
        ...listenerNotes(source.capture?.pod.listeners, profile),
        ...notes,
      ],
    }
    const question = {
      ...readQuestion(
        values,
        profile,
        rulesets,
        addresses.links.map(({ name }) => name),
      ),
      ...(values.family && { families: [values.family] }),
    }
    const asked = {
      worlds: [texts],
      profile,
      addresses,
      backend: values.iptables ?? 'nft',
      config: { kind: 'config', config: config.config, podAnnotations: config.podAnnotations } as const,
    }
    const { find: findFlows } = await import('../find/find.ts')
    const found = await findFlows(question, asked, await sandbox?.ready, source.id)
    if (values.json) printJson((await import('../find/json.ts')).foundJson(found, premises))
    else print((await import('../find/words.ts')).foundText(found, premises, values.verbose))
    return found.disagreements.length === 0 ? exitCodes.ok : exitCodes.failed
  },
})

/** Interfaces that rules name and the pod is not given. */
const unmade = (missing: readonly string[]): string[] =>
  missing.length === 0
    ? []
    : [
        `left out: what comes in by ${missing.join(', ')}, since a pod has no more than four interfaces here, and four with others behind them`,
      ]
