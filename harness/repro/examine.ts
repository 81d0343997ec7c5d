import { type Family, families as allFamilies } from '../core/address.ts'
import { asHarnessError, type HarnessError } from '../core/errors.ts'
import { type Backend, backends } from '../flow/backend.ts'
import type { CapturedListener, CapturedPod } from '../flow/captured-pod.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Applied, RuleText } from '../flow/ruleset.ts'
import { toldOf } from './told.ts'
import { type Classes, classesOf } from './classes.ts'
import { findAll, findInRules, patternOf } from '../findings/find-all.ts'
import type { Finding } from '../findings/finding.ts'
import type { Question } from '../findings/questions/question.ts'
import { questionsOf } from '../findings/questions/questions.ts'
import type { Answer, Subject } from '../findings/subject.ts'
import { isBuiltIn, meshes } from '../mesh/index.ts'
import type { Observed } from '../flow/verdict.ts'
import type { Profile } from '../mesh/profile.ts'
import { isLeftToChance, outcomesOf } from '../model/chances.ts'
import { type Prediction, predict } from '../model/predict.ts'
import type { NetworkStack } from '../model/stack/network-stack.ts'
import { emptyRuleset, type Ruleset } from '../netfilter/ruleset.ts'
import { predictedRules, isInDoubt } from '../run/predict/decided-by.ts'
import { loadText, networkStackOf } from '../run/predict/loaded-rules.ts'
import type { PodAddresses } from '../run/plan/pod-addresses.ts'
import { routingBeside } from '../run/plan/policy-routing.ts'
import { refuseSharedState } from '../run/plan/shared-state.ts'
import { addressesOfRules } from '../run/witnesses/addresses-of-rules.ts'
import { fateOf } from '../run/witnesses/fate.ts'
import { isOfOurPod } from '../run/witnesses/our-pod.ts'
import { planWitnesses, type WitnessPlan } from '../run/witnesses/plan-witnesses.ts'
import { type Witnessed, WitnessPod } from '../run/witnesses/witness-pod.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { readSourceText } from '../source/text.ts'

/** Rules that somebody wants to know about. */
export interface Examination {
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
export interface Examined {
  subject: Subject
  findings: readonly Finding[]
  addresses: PodAddresses
  /** Interfaces that rules ask for, and the pod does not have. */
  missing: readonly string[]
  /** What the pod has otherwise than a capture shows: a line each. */
  notes: readonly string[]
  classes: Classes
  /** How many flows were driven, and those of which model and kernel do not say the same. */
  driven: number
  disagreements: readonly Witnessed[]
  /** Why nothing was driven. */
  notDriven?: string
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
  const { addresses, missing, notes } = addressesOfRules(known, podIPs, mayForward && { mayForward }, captured)
  const questions = questionsOf({ families, rulesets, profile, addresses, ...(promised && { also: promised }) })
  const routing = routingBeside(texts, profile.beside)
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
    ...{ families, rulesets, texts, profile, stack, elsewhere, ended, routing, isConfigPart },
    ...(listeners && { listeners }),
    ...(promised && { promised: ({ flow }) => promisedFor(flow, promised, stack) }),
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

const meantBefore = new Map<string, ReadonlySet<string>>()

/** What is found in the rules that a built-in mesh makes of an empty config, in each of its releases. */
function meantBy(profile: Profile, backend: Backend): ReadonlySet<string> {
  const key = [profile.mesh, ...profile.families, backend].join(' ')
  const found = meantBefore.get(key) ?? findMeant(profile, backend)
  meantBefore.set(key, found)
  return found
}

function findMeant({ mesh: name, families }: Profile, backend: Backend): ReadonlySet<string> {
  const mesh = meshes.get(name)
  if (mesh === undefined || !isBuiltIn(mesh)) return new Set()
  const patterns = mesh.releases.flatMap((release) => {
    const made = families.flatMap((family) => {
      const request = {
        schema: 'sidetrack.config/1',
        mesh: name,
        config: {},
        podAnnotations: {},
        podIPs: exampleIPs[family],
        family,
      } as const
      return readSourceText(mesh.build(release, request), request, `${name}@${release}`, 'sidetrack') ?? []
    })
    return findInRules({ families, rulesets: rulesetsOf(made, backend) }).map(patternOf)
  })
  return new Set(patterns)
}

function promisedFor(
  flow: ConcreteFlow,
  rulesets: Readonly<Record<Family, Ruleset>>,
  stack: NetworkStack,
): Observed | undefined {
  const prediction = predict(flow, rulesets, stack)
  return 'predicted' in prediction ? prediction.predicted : undefined
}

function leftAloneBy({ mesh: name, leftAlone }: Profile): number[] {
  const mesh = meshes.get(name)
  const others = mesh?.releases.flatMap((release) => mesh.profile(release).leftAlone.inbound) ?? []
  return [...leftAlone.inbound, ...others]
}

const exampleIPs = { ipv4: ['192.0.2.1'], ipv6: ['2001:db8::1'] } as const

const none: Omit<Classes, 'told'> = { space: [], classes: [], left: [] }

export function rulesetsOf(texts: readonly RuleText[], backend: Backend): Record<Family, Ruleset> {
  const rulesets = { ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6') }
  for (const text of texts) rulesets[text.family] = loadText(text, backend).ruleset
  return rulesets
}

interface Place {
  rulesets: Readonly<Record<Family, Ruleset>>
  stack: NetworkStack
  sandbox: Sandbox | { why: string }
  source: string
}

async function answerAll(
  questions: readonly Question[],
  plan: WitnessPlan,
  { rulesets, stack, sandbox, source }: Place,
): Promise<{ answers: Answer[]; driven: number; disagreements: Witnessed[]; notDriven?: string }> {
  const predicted = (why: string) => ({
    answers: questions.map((question, index) =>
      predictedAnswer(question, plan.flows[index] ?? question.flow, rulesets, stack),
    ),
    ...{ driven: 0, disagreements: [], notDriven: why },
  })
  if ('why' in sandbox) return predicted(sandbox.why)
  const shared = sharedState(plan, source)
  if (shared !== undefined) return predicted(shared)
  try {
    await using pod = await WitnessPod.stand(sandbox, plan, source)
    const { flows } = await pod.ask(0)
    const answers = questions.map((question, index) => seenAnswer(question, flows[index], rulesets, stack))
    return {
      answers,
      driven: answers.filter(({ result }) => result !== undefined).length,
      disagreements: flows.filter(({ isAsPredicted }) => !isAsPredicted),
    }
  } catch (thrown) {
    const failed: HarnessError = asHarnessError(thrown)
    if (failed.fault !== 'rules') throw failed
    return predicted(failed.line)
  }
}

/** What keeps rules from being loaded at all: that they act outside the pod. */
function sharedState({ worlds }: WitnessPlan, source: string): string | undefined {
  try {
    for (const { rules } of worlds) refuseSharedState(rules, source)
    return undefined
  } catch (thrown) {
    return asHarnessError(thrown).message
  }
}

function predictedAnswer(
  question: Question,
  flow: ConcreteFlow,
  rulesets: Place['rulesets'],
  stack: NetworkStack,
): Answer {
  const prediction = predict(flow, rulesets, stack, { keepsAll: true })
  const decided =
    'unknown' in prediction || isInDoubt(prediction) ? undefined : { predicted: predictedRules(prediction) }
  return { ...question, flow, prediction, ...(decided && { decided }), ...chancesOf(flow, prediction, rulesets, stack) }
}

function seenAnswer(
  question: Question,
  seen: Witnessed | undefined,
  rulesets: Place['rulesets'],
  stack: NetworkStack,
): Answer {
  if (seen === undefined) throw new Error('a flow without an answer')
  const { flow, result, decided } = seen
  // Of what is not known all is wanted: how far it got.
  const prediction = 'unknown' in seen.prediction ? predict(flow, rulesets, stack, { keepsAll: true }) : seen.prediction
  if (isOfOurPod({ flow, prediction, result }, stack.pod.mayForward)) return { ...question, flow, prediction }
  return { ...question, flow, prediction, result, decided, ...chancesOf(flow, prediction, rulesets, stack) }
}

/** What may become of a flow, where rules leave that to chance. */
function chancesOf(
  flow: ConcreteFlow,
  prediction: Prediction,
  rulesets: Place['rulesets'],
  stack: NetworkStack,
): Pick<Answer, 'chances'> {
  if (!isLeftToChance(prediction)) return {}
  const chances = outcomesOf(flow, prediction, rulesets[flow.family], stack)
  const fates = new Set(chances.map(({ prediction: each }) => 'predicted' in each && fateOf(each.predicted)))
  // Where all of them end alike, it is known what becomes of it.
  return fates.size === 1 ? {} : { chances }
}

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

/** Of a text that holds one family, nothing is known of the other; a builder's rules are all that there are. */
export const knownFamilies = (capture: { families: readonly Family[] } | undefined): readonly Family[] =>
  capture?.families ?? allFamilies
