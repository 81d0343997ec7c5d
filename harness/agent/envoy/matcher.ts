import { typeUrls } from './type-urls.ts'

/**
 * Envoy's unified matcher (xds.type.matcher.v3.Matcher), as far as it is used here to choose a listener's filter chain.
 */
export type Predicate = object

const inputs = {
  'source-port': typeUrls.sourcePort,
  'destination-port': typeUrls.destinationPort,
  'destination-ip': typeUrls.destinationAddress,
}
type Input = keyof typeof inputs

const single = (input: Input, match: object): Predicate => ({
  single_predicate: { input: { name: input, typed_config: { '@type': inputs[input] } }, value_match: match },
})

/** @param pattern RE2, of the whole value. */
export function matches(input: Input, pattern: string): Predicate {
  return single(input, { safe_regex: { google_re2: {}, regex: pattern } })
}

export function isOneOf(input: Input, values: readonly (string | number)[]): Predicate {
  return any(values.map((value) => single(input, { exact: `${value}` })))
}

export function all(predicates: readonly Predicate[]): Predicate {
  const [only] = predicates
  return predicates.length === 1 && only !== undefined ? only : { and_matcher: { predicate: predicates } }
}

export function any(predicates: readonly Predicate[]): Predicate {
  const [only] = predicates
  return predicates.length === 1 && only !== undefined ? only : { or_matcher: { predicate: predicates } }
}

/** Chooses the chain of the first predicate that holds. */
export function chooseChain(choices: readonly { when: Predicate; chain: string }[]): object {
  const matchers = choices.map(({ when, chain }) => ({
    predicate: when,
    on_match: { action: { name: chain, typed_config: { '@type': typeUrls.chainName, value: chain } } },
  }))
  return { matcher_list: { matchers } }
}
