import * as v from 'valibot'
import { dimensions } from '../classes/boxes/frame.ts'
import { families } from '../core/address.ts'
import { backends } from '../flow/backend.ts'
import { captured } from '../flow/listener.ts'
import { nearMisses, number, matchedRule, observed, otherEnd } from '../report/reading/report-schema.ts'

const truth = v.union([v.boolean(), v.literal('unknown')])
const { journey, heard: _, verdict, ...ends } = observed.entries
const texts = v.array(v.string())

/** One rule that a packet was held against. */
const step = v.object({
  /** 0 is the flow's own connection, 1 what the proxy dials on, and so on. */
  connection: number,
  packet: v.picklist(['first', 'answer', 'acknowledgement']),
  hook: matchedRule.entries.hook,
  table: v.string(),
  chain: v.string(),
  /** Its place in the chain, from 1. */
  rule: number,
  /** As `iptables-save` prints it. */
  text: v.string(),
  matched: truth,
  /** What it asks for, and what the packet had there. */
  conditions: v.array(v.object({ asks: v.string(), met: truth, actual: v.string() })),
})

/**
 * `sidetrack.explain/1` as `explain --json` writes it. Fields are added, never renamed; addresses are written as in
 * reports.
 */
export const explainSchema = v.object({
  schema: v.literal('sidetrack.explain/1'),
  verdict: v.union([verdict, v.literal('unknown')]),
  ...ends,
  /** Why the verdict is unknown. */
  unknown: v.exactOptional(v.string()),
  /** null: no rule decides; absent where the verdict is unknown. */
  decidedBy: v.exactOptional(v.union([v.null(), v.literal('unknown'), matchedRule])),
  /** Where rules leave it to chance: each way that it may go, with its share of all. */
  outcomes: v.exactOptional(
    v.array(
      v.object({
        share: v.number(),
        verdict: v.union([verdict, v.literal('unknown')]),
        ...ends,
        decidedBy: v.union([v.null(), v.literal('unknown'), matchedRule]),
      }),
    ),
  ),
  proxy: v.object({
    mesh: v.string(),
    release: v.string(),
    uid: number,
    gid: number,
    /** The port that captures it; where several do, that of the first. */
    outbound: v.exactOptional(number),
    inbound: v.exactOptional(number),
    /** All that it listens on. */
    listeners: v.array(
      v.object({
        name: v.string(),
        port: number,
        protocol: v.picklist(['tcp', 'udp']),
        captures: v.exactOptional(v.picklist(captured)),
      }),
    ),
    /** `rules`: it is worked out from them, and `from` says from what. */
    reason: v.picklist(['--mesh', '--rules', '--config', 'rules']),
    from: v.exactOptional(v.string()),
  }),
  warnings: texts,
  assumed: texts,
  cleaned: texts,
  /** Of a captured text: lines that are no rules, commands that had no effect, what a builder made of flags. */
  passedOver: v.exactOptional(texts),
  leftOut: v.exactOptional(texts),
  built: v.exactOptional(texts),
  snapshots: texts,
  /** Why, in one sentence. */
  sentence: v.string(),
  flow: v.object({
    origin: v.picklist(['pod', 'peer', 'inner']),
    /** Of the process that sends; nobody in the pod owns what comes from outside. */
    uid: v.exactOptional(number),
    gid: v.exactOptional(number),
    groups: v.exactOptional(v.array(number)),
    interface: v.exactOptional(v.string()),
    protocol: v.picklist(['tcp', 'udp', 'icmp']),
    family: v.picklist(families),
    source: v.exactOptional(v.object({ address: v.exactOptional(v.string()), port: v.exactOptional(number) })),
    destination: v.string(),
    /** Of the socket that sends it (SO_MARK). */
    mark: v.exactOptional(number),
    /** DSCP and ECN (IP_TOS, IPV6_TCLASS). */
    tos: v.exactOptional(number),
    words: v.exactOptional(v.string()),
  }),
  steps: v.array(step),
  stepsLeftOut: number,
  journey,
  /**
   * `without` the rule that decides: where the connection would end, unless another would do the same or nobody knows.
   */
  changes: v.exactOptional(
    v.object({
      without: v.exactOptional(v.object({ rule: matchedRule, end: v.exactOptional(otherEnd) })),
      ...nearMisses.entries,
    }),
  ),
  /** With `--why-not`: the smallest changes, of the flow or of the rules, with which it would be what was `wanted`. */
  whyNot: v.exactOptional(
    v.object({
      wanted: verdict,
      /** It is as it is. */
      isSo: v.boolean(),
      /** Whether all flows that begin there were looked at. */
      isWhole: v.boolean(),
      /** Each a set of changes that are made together: `{ what: 'gid', to: '0-1336,1338-', from: '1337' }`. */
      flow: v.array(
        v.array(v.object({ what: v.picklist(['protocol', ...dimensions]), to: v.string(), from: v.string() })),
      ),
      rules: v.array(
        v.union([v.object({ without: v.array(matchedRule) }), v.object({ rule: matchedRule, notAsking: v.string() })]),
      ),
    }),
  ),
  /** With `--live`: what happened. */
  live: v.exactOptional(
    v.object({
      iptables: v.object({ backend: v.picklist(backends), version: v.string() }),
      ...observed.entries,
      decidedBy: v.exactOptional(v.array(matchedRule)),
      untraced: v.exactOptional(v.string()),
      divergesAt: v.exactOptional(number),
      asPredicted: v.boolean(),
    }),
  ),
})
