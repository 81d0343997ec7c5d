import * as v from 'valibot'
import type { Parameter } from '../input/arguments.ts'
import { address, client } from './flow-options.ts'
import {
  ends,
  type Expected,
  type ExpectedAnswer,
  type ExpectedJourney,
  type ExpectedSource,
  hosts,
  type ListenerName,
  type Receiver,
} from '../flow/verdict.ts'
import { meshes } from '../mesh/index.ts'
import { list, object, text, words } from '../input/fields.ts'

interface Expectation {
  takes: readonly Parameter[]
  /** @param given what was written, once it is known to fit. */
  expects(...given: never[]): Expected
}

const unique = (names: readonly string[]): string[] => [...new Set(names)]
/** What some mesh's listeners are called; which of them a scenario's own mesh has is for `listenerProblems` to say. */
export const listeners = unique([...meshes.values()].flatMap(({ names }) => names.listeners))
const ports = unique([...meshes.values()].flatMap(({ names }) => names.ports))
/** Whoever may witness a flow's arrival. */
export const receivers = [...hosts, ...[...listeners, ...ports].map((name): Receiver => `envoy-${name}`)]
/** What a journey may be made of. */
export const stations = [...listeners, ...receivers, ...ends]

const answered = v.optional(v.boolean('is neither true nor false'))

const journey: Parameter = {
  schema: v.pipe(
    object({ then: v.optional(list(words(stations))), source: v.optional(client), answered }, 'option'),
    v.check((said) => Object.keys(said).length > 0, 'says none of then, source and answered'),
  ),
  isOptional: true,
}

/** Every expectation there is: the method by which a scenario says it, what that takes, and what is then expected. */
export const expectations = {
  isRedirected: {
    takes: [{ name: 'listener', schema: words(listeners) }, journey],
    expects: (listener: ListenerName, journey?: ExpectedJourney) => ({ verdict: 'redirected', listener, ...journey }),
  },
  isCaptured: {
    takes: [{ name: 'listener', schema: words(listeners) }, journey],
    expects: (listener: ListenerName, journey?: ExpectedJourney) => ({ verdict: 'captured', listener, ...journey }),
  },
  isDirect: {
    takes: [
      {
        schema: v.pipe(
          object({ answeredBy: v.optional(words(receivers)), source: v.optional(address), answered }, 'option'),
          v.check((said) => Object.keys(said).length > 0, 'says none of answeredBy, source and answered'),
        ),
        isOptional: true,
      },
    ],
    expects: (by?: ExpectedAnswer & ExpectedSource & { answeredBy?: Receiver }) => ({ verdict: 'direct', ...by }),
  },
  isTranslated: {
    takes: [{ name: 'to', schema: text }, journey],
    expects: (to: string, journey?: ExpectedJourney) => ({ verdict: 'translated', to, ...journey }),
  },
  isRefused: {
    takes: [{ name: 'by', schema: words(['pod', 'peer']), isOptional: true }],
    expects: (by?: 'pod' | 'peer') => ({ verdict: 'refused', ...(by !== undefined && { refusedBy: by }) }),
  },
  isDropped: { takes: [], expects: () => ({ verdict: 'dropped' }) },
  isLooped: { takes: [], expects: () => ({ verdict: 'looped' }) },
} as const satisfies Readonly<Record<string, Expectation>>

export type ExpectationName = keyof typeof expectations
