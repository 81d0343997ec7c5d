import type { Family } from '../core/address.ts'
import { exitCodes, inputError } from '../core/errors.ts'
import { backends } from '../flow/backend.ts'
import { emptyRuleset, type Ruleset } from '../netfilter/ruleset.ts'
import { type CapturedShape, capturedShape, shownOf } from '../run/plan/captured-shape.ts'
import { configWarnings } from '../run/schedule/config-warnings.ts'
import { listenerNotes } from '../run/plan/captured-listeners.ts'
import { networkStackOf } from '../run/predict/loaded-rules.ts'
import { predictFlows } from '../run/predict/predict-pod.ts'
import { foreignProxyWarning } from '../run/plan/foreign-proxy.ts'
import { accountNotes, accountOptions, readAccountOptions } from './options/accounts.ts'
import { worldOf } from '../classes/space/world.ts'
import { command } from './command/command.ts'
import { addressesAround, readRuleset, refuseDisabled, requireReceiver, standIns } from './options/flow-pod.ts'
import { interfaceName, isSymbolic, mark, protocol, readFlow, tos } from './options/flow.ts'
import { planOneFlow } from '../explain/plan-one-flow.ts'
import { explainFlow, premiseLines } from '../explain/explained-flow.ts'
import { explanation, unspoken } from '../explain/explanation.ts'
import { explanationJson, unspokenJson } from '../explain/json.ts'
import { verdictName } from './find/question.ts'
import { id, ids } from './options/id.ts'
import { proxyOption } from './options/mesh.ts'
import { chooseProxy } from './options/proxy.ts'
import {
  captureOptions,
  madeFromOption,
  cleanEnv,
  passedOverLines,
  readAsked,
  requireRules,
  requireWhole,
} from './options/source.ts'
import { refuseSharedInput } from './options/standard-input.ts'
import { flag, oneOf, optional, withDefault } from './command/option.ts'
import { print, printJson } from './command/output.ts'
import { requireMachine } from './command/require-machine.ts'
import { startSandbox } from './options/sandbox.ts'

export const explain = command({
  help: 'says what a ruleset does to one flow, and which rule decides it; only --live needs privilege',
  options: {
    rules: optional(
      'SRC',
      'whose rules: osm, osm@1.2, osm@0.11, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS',
    ),
    'clean-env': cleanEnv,
    config: madeFromOption,
    mesh: proxyOption,
    ...captureOptions,
    uid: optional('N', 'the UID of the process that sends', id),
    gid: optional('N', 'its primary GID; by default the UID', id),
    groups: optional('N,…', 'its supplementary groups', ids),
    proto: withDefault('tcp|udp|icmp', 'tcp', 'the protocol', protocol),
    to: optional(
      'ADDRESS:PORT',
      'where it is sent, such as 203.0.113.10:80, pod:8080 or lo:8080; for icmp an address alone',
    ),
    from: optional('ADDRESS[:PORT]', 'where it comes from: an address of the pod, or with --in of whoever sends it'),
    in: optional(
      'IFACE',
      'it comes in by this interface, for an address of the pod or one behind a bridge that a rule names; nobody in the pod owns it then',
      interfaceName,
    ),
    mark: optional('N', 'what its socket marks its packets with (SO_MARK), such as 1337 or 0x539', mark),
    tos: optional('N', 'DSCP and ECN of its packets (IP_TOS), such as 0xb8 for DSCP 46; not judged without', tos),
    ...accountOptions,
    'why-not': optional(
      'VERDICT',
      'also says what would make it redirected, direct, dropped or whatever was expected',
      verdictName,
    ),
    live: flag('also sends the flow through these rules in a pod, and shows both'),
    verbose: flag('all of it: each rule that was tried, in place of a screen'),
    json: flag('writes sidetrack.explain/1, one JSON object'),
    iptables: optional('nft|legacy', 'with --live, which iptables applies the rules (default: nft)', oneOf(backends)),
  },
  async run({ values }) {
    const rules = requireRules(values.rules)
    if (values.iptables !== undefined && !values.live)
      throw inputError('--iptables', 'nothing is applied', 'add --live')
    refuseSharedInput(values)
    const accounts = readAccountOptions(values, values.live ? 'namespaces' : undefined)
    if (values.live) requireMachine([values.iptables ?? 'nft'], 'or leave --live out, for what the model says')
    await using sandbox = values.live ? await startSandbox({ sandbox: 'namespaces' }) : undefined
    const { said, source } = await readAsked(rules, values, accounts)
    if (values.live) requireWhole(source)
    const named = new Set(values.in === undefined ? [] : [values.in])
    const captured =
      said.podIPs === undefined && source.capture !== undefined
        ? capturedShape(source.capture.pod, { named })
        : undefined
    const config = captured === undefined ? said : { ...said, podIPs: captured.podIPs }
    const { profile, reason } = await chooseProxy(values.mesh, source, config, { orOfRules: true })
    if (profile.unknown !== undefined) throw inputError('--config', profile.unknown)
    const flow = readFlow(values, config)
    if (values.family !== undefined && source.capture === undefined && !isSymbolic(values))
      throw inputError('--family', `${rules} is no captured text, and ${values.to} tells its own`, 'leave it out')
    // A flow that no kernel sends is refused whatever the rules are.
    refuseDisabled(flow, source)
    const { capture } = source
    const around = shownOf(capture)
    const shapeBy = (rulesets: readonly Ruleset[]): CapturedShape | undefined =>
      captured && capture && capturedShape(capture.pod, { named, addresses: [flow.destination.address], rulesets })
    const alone = addressesAround(flow, config, { captured: shapeBy([]), ...around })
    const nameOfFirst = alone.links[0]?.name ?? 'eth0'
    const notes = [
      ...(capture?.notes ?? []),
      ...listenerNotes(capture?.pod.listeners, profile),
      ...standIns(flow.family, alone.pod(nameOfFirst, flow.family), captured),
      ...(values.verbose && !values.json ? passedOverLines(source) : []),
    ]
    if (capture?.families.includes(flow.family) === false) {
      const premises = { profile, reason, notes }
      if (values.json) printJson(unspokenJson(flow, premises))
      else print(unspoken(flow.family, capture, premiseLines(premises)))
      return exitCodes.ok
    }
    const { ruleset, texts } = await readRuleset(source, config, profile, flow.family, alone.podIPs)
    const addresses = addressesAround(flow, config, { captured: shapeBy([ruleset]), rulesets: [ruleset], ...around })
    requireReceiver(flow, config, addresses)
    const podAddress = addresses.pod(addresses.links[0]?.name ?? nameOfFirst, flow.family)
    const warning = foreignProxyWarning([ruleset], profile, [podAddress])
    const warnings = [...configWarnings(profile, config), ...(warning === undefined ? [] : [warning])]
    const premises = { profile, reason, notes: [...warnings, ...notes, ...accountNotes(source)] }
    // The pod that is predicted is the one that would be driven.
    const { config: own, podAnnotations } = config
    const question = {
      flow,
      profile,
      addresses,
      config: { kind: 'config', config: own, podAnnotations },
      rules: texts,
      ruleset,
    } as const
    const plan = planOneFlow({ ...question, backend: values.iptables ?? 'nft' })
    const rulesets: Record<Family, Ruleset> = {
      ipv4: emptyRuleset('ipv4'),
      ipv6: emptyRuleset('ipv6'),
      [flow.family]: ruleset,
    }
    const wanted = values['why-not']
    const asked = wanted && { wanted, world: worldOf(rulesets, plan.pod, plan.routing) }
    if (sandbox !== undefined) {
      const { explainLive } = await import('./explain/live.ts')
      const { explained, live, lines } = await explainLive(plan, await sandbox.ready, premises, source.id, asked)
      if (values.json) printJson(explanationJson(explained, live))
      else print(`${explanation(explained, values.verbose)}\n${lines.join('\n')}\n`)
      return live.agrees ? exitCodes.ok : exitCodes.failed
    }
    const sent = { ...flow, ...(plan.flows[0]?.source && { source: plan.flows[0].source }) }
    const [prediction] = predictFlows(
      { pod: plan.pod, flows: [sent] },
      { rulesets, ...(plan.routing && { routing: plan.routing }) },
      { keeps: 'all' },
    )
    if (prediction === undefined) throw new Error('one flow has one prediction')
    const explained = explainFlow(sent, prediction, ruleset, networkStackOf(plan.pod, plan), premises, asked)
    if (values.json) printJson(explanationJson(explained))
    else print(explanation(explained, values.verbose))
    return exitCodes.ok
  },
})
