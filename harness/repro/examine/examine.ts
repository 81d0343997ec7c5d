import type { Family } from '../../core/address.ts'
import { type Backend, backends } from '../../flow/backend.ts'
import type { CapturedListener, CapturedPod } from '../../flow/captured-pod.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Applied, RuleText } from '../../flow/ruleset.ts'
import { type Answered, answerAll, sharedState } from './answers.ts'
import { defaultRules, leftAloneBy, meantBy } from './meant.ts'
import { rulesetsOf } from './rulesets.ts'
import { toldOf } from './told.ts'
import { type Classes, classesOf } from './classes.ts'
import { isCaptured, isOpen } from '../../findings/captured.ts'
import { findAll } from '../../findings/find-all.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Question } from '../../findings/questions/question.ts'
import { questionsOf } from '../../findings/questions/questions.ts'
import type { Answer, Subject } from '../../findings/subject.ts'
import { meshes } from '../../mesh/index.ts'
import type { Observed } from '../../flow/verdict.ts'
import type { Profile } from '../../mesh/profile.ts'
import { predict } from '../../model/predict.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { networkStackOf } from '../../run/predict/loaded-rules.ts'
import type { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { routingBeside } from '../../run/plan/policy-routing.ts'
import { addressesOfRules } from '../../run/witnesses/addresses-of-rules.ts'
import { planWitnesses } from '../../run/witnesses/plan-witnesses.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/** Rules that somebody wants to know about. */
interface Examination {
  /** Whose rules they are, for messages. */
  source: string
  /** Of the families that are known, and of which nothing is. */
  texts: readonly RuleText[]
  families: readonly Family[]
  profile: Profile
  podIPs: readonly string[]
  /** Families of which it is not known whether the pod forwards. */
  mayForward?: readonly Family[]
  /** The pod around the rules, where a text shows it. */
  captured?: CapturedPod
  backend: Backend
  /** Whether the rules come from a builder, whose mesh sets up the policy routing beside them. */
  isBuilt: boolean
  /** Who was seen listening where a text was captured. */
  listeners?: readonly CapturedListener[]
  /** What the text says of rules that it does not hold. */
  elsewhere: readonly string[]
  /** The rules that the mesh makes of the config that these were made from, where there is one to hold them to. */
  built?: readonly RuleText[]
  /** Only the mesh's part of that config is known, or only the pod's. */
  isConfigPart?: boolean
  /** How init containers have ended of which the text tells. */
  ended: readonly { name: string; exitCode: number; reason: string }[]
  /** Whether the flows that can be told apart are enumerated, or only those asked about that findings rest on. */
  isTabled: boolean
}

/** What was found out. */
export interface Examined extends Omit<Answered, 'answers'> {
  subject: Subject
  findings: readonly Finding[]
  addresses: PodAddresses
  /** Interfaces that rules ask for, and the pod does not have. */
  missing: readonly string[]
  /** What the pod has otherwise than a capture shows: a line each. */
  notes: readonly string[]
  classes: Classes
}

/**
 * Asks what the rules do to the flows that can be told apart by them: in the model and, where there is a sandbox, in
 * the kernel.
 * @param sandbox `why` says why nothing is to be driven.
 * @throws HarnessError where the sandbox fails; rules that it refuses are told in the result.
 */
export async function examine(examination: Examination, sandbox: Sandbox | { why: string }): Promise<Examined> {
  const {
    source,
    texts,
    families,
    profile,
    podIPs,
    mayForward,
    captured,
    backend,
    isBuilt,
    elsewhere,
    listeners,
    isTabled,
    built,
    ended,
    isConfigPart = false,
  } = examination
  const rulesets = rulesetsOf(texts, backend)
  const promised = built && rulesetsOf(built, backend)
  const known = [rulesets, ...(promised ? [promised] : [])].flatMap((each) => Object.values(each))
  const { addresses, missing, notes } = addressesOfRules(
    known,
    podIPs,
    { ...(mayForward && { mayForward }), ...(listeners && { listeners }) },
    captured,
  )
  const routing = routingBeside(texts, profile.beside)
  const questions = questionsOf({
    families,
    rulesets,
    profile,
    addresses: addresses.withLoopback(routing.loopbackAddresses),
    ...(promised && { also: promised }),
  })
  const plain = { worlds: [texts], profile, addresses, backend }
  const classes = isTabled ? classesOf(rulesets, planWitnesses({ flows: [], ...plain }).pod, routing, families) : none
  const asked: Question[] = [
    ...questions,
    ...classes.classes.map(({ witness }) => ({ about: { kind: 'class' as const }, flow: witness })),
  ]
  const plan = planWitnesses({ flows: asked.map(({ flow }) => flow), ...plain })
  const stack = networkStackOf(plan.pod, { routing })
  const { answers, ...drive } = await answerAll(asked, plan, { rulesets, stack, sandbox, source })
  const subject: Subject = {
    families,
    rulesets,
    texts,
    profile,
    stack,
    elsewhere,
    ended,
    routing,
    isConfigPart,
    ...(listeners && { listeners }),
    ...(promised && { promised: ({ flow }) => promisedFor(flow, promised, stack) }),
    isConfigured: configuredBy(promised ?? (isBuilt ? rulesets : undefined), profile, backend, stack),
    answers: answers.slice(0, questions.length),
    chains: profile.ofRules?.chains ?? meshes.get(profile.mesh)?.chains ?? [],
    meant: meantBy(profile, backend),
    leftAlone: leftAloneBy(profile),
    isRoutingTold: isBuilt || texts.some((text) => text.routing !== undefined),
    applied:
      'why' in sandbox || sharedState(plan, source) !== undefined
        ? {}
        : await appliedBy(sandbox, texts, profile, addresses),
  }
  const told = classes.classes.map(({ box }, index) =>
    toldOf(subject, box, answers[questions.length + index] as Answer),
  )
  return { subject, findings: findAll(subject), addresses, missing, notes, classes: { ...classes, told }, ...drive }
}

/** Whether rules made of a config leave a flow alone that those of an empty one capture. */
function configuredBy(
  made: Readonly<Record<Family, Ruleset>> | undefined,
  profile: Profile,
  backend: Backend,
  stack: NetworkStack,
): Subject['isConfigured'] {
  const plain = made && defaultRules(profile, backend)
  if (made === undefined || plain === undefined) return () => false
  return (flow) => isOpen(promisedFor(flow, made, stack)) && isCaptured(promisedFor(flow, plain, stack))
}

function promisedFor(
  flow: ConcreteFlow,
  rulesets: Readonly<Record<Family, Ruleset>>,
  stack: NetworkStack,
): Observed | undefined {
  const prediction = predict(flow, rulesets, stack)
  return 'predicted' in prediction ? prediction.predicted : undefined
}

const none: Omit<Classes, 'told'> = { space: [], classes: [], left: [] }

/** What each backend that is there makes of the rules. */
async function appliedBy(
  sandbox: Sandbox,
  texts: readonly RuleText[],
  profile: Profile,
  addresses: PodAddresses,
): Promise<Partial<Record<Backend, Applied>>> {
  const tried: Partial<Record<Backend, Applied>> = {}
  for (const backend of backends) {
    if (sandbox.info.iptables[backend] === undefined) continue
    await using pod = await sandbox.stand(
      planWitnesses({ flows: [], worlds: [texts], profile, addresses, backend }).pod,
    )
    const { applied } = await pod.load({ rules: texts })
    if (applied !== 'none') tried[backend] = applied
  }
  return tried
}
