import * as v from 'valibot'
import { families } from '../core/address.ts'
import { backends } from '../flow/backend.ts'
import { matchedRule, number, observed } from '../report/reading/report-schema.ts'
import { effects } from './changes/behaviour.ts'
import { firewalls } from './compared/beside.ts'
import { sideNames } from './compared/sides.ts'

const side = v.object({
  /** In words. */
  says: v.string(),
  /** Absent where the rules themselves have changed. */
  observed: v.exactOptional(observed),
  decidedBy: v.exactOptional(v.array(matchedRule)),
  /** The rule that decided; absent where none did. */
  deciding: v.exactOptional(matchedRule),
})

const change = v.object({
  /** Stays from run to run; approvals are globs over it. */
  id: v.pipe(v.string(), v.regex(/^[^/]+\/[^/]+\/./)),
  effect: v.picklist(effects),
  /** Its name among `configs`. */
  config: v.string(),
  iptables: v.object({ baseline: v.picklist(backends), candidate: v.picklist(backends) }),
  family: v.picklist(families),
  subject: v.string(),
  range: v.exactOptional(v.string()),
  baseline: side,
  candidate: side,
  changed: v.array(v.string()),
  /**
   * What is there that this shows by, beside one application of either side's rules: the same rules again, or those of
   * a firewall. Absent of all that shows without.
   */
  under: v.exactOptional(
    v.object({
      name: v.picklist(['again', ...firewalls.map(({ id }) => id)]),
      /** The firewall's, in the table filter, behind the rules of the side. */
      rule: v.exactOptional(v.string()),
    }),
  ),
  /** The change whose flow was sent in its place: the same rules match on either side. */
  like: v.exactOptional(v.string()),
  approved: v.nullable(v.object({ line: number, reason: v.string() })),
})

const approval = v.object({
  line: number,
  ids: v.string(),
  before: v.string(),
  after: v.string(),
  changed: v.optional(v.array(v.string())),
  reason: v.string(),
})

/** `sidetrack.gate/1` as `--reporter json` writes it; readers ignore fields that they do not know. */
export const gateSchema = v.object({
  schema: v.literal('sidetrack.gate/1'),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  durationMs: v.number(),
  command: v.array(v.string()),
  mesh: v.string(),
  baseline: v.string(),
  candidate: v.string(),
  generated: v.exactOptional(
    v.object({ seed: number, pairs: v.object({ covered: number, refused: number, left: number }) }),
  ),
  configs: v.array(
    v.object({
      name: v.string(),
      config: v.record(v.string(), v.unknown()),
      podAnnotations: v.record(v.string(), v.string()),
      podIPs: v.exactOptional(v.array(v.picklist(families))),
    }),
  ),
  coverage: v.object({
    /** The model compared every class of flows of every config. */
    whole: v.boolean(),
    configs: number,
    sameRules: number,
    withoutRules: number,
    classes: number,
    /** Classes that the model cannot judge, for how many rules, and how many flows were driven around those. */
    unjudged: v.exactOptional(v.object({ classes: number, rules: number, flows: number })),
    witnesses: number,
    /** Witnesses that were not sent, since others that differ in the same way stand for them. */
    held: v.exactOptional(number),
    refuted: number,
    suite: v.exactOptional(v.object({ compared: number, same: number })),
    /** Configs whose rules were compared as they stand after a second application, too. */
    again: v.exactOptional(number),
    /** Configs whose rules were compared beside firewalls, too: their sides track connections otherwise. */
    beside: v.exactOptional(number),
    part: v.array(v.string()),
    unknown: v.array(v.string()),
    /** What the model does not know, and what makes no difference between the two sides. */
    alike: v.exactOptional(v.array(v.string())),
    /** What was left out since this machine has too narrow bounds for it, and why. */
    skipped: v.exactOptional(v.array(v.string())),
  }),
  notices: v.array(v.string()),
  summary: v.object({ changes: number, approved: number, unapproved: number, errors: number }),
  changes: v.array(change),
  causes: v.array(
    v.object({
      effect: v.picklist(effects),
      title: v.string(),
      before: v.exactOptional(v.string()),
      after: v.exactOptional(v.string()),
      /** What of the rules' text made it: `- nat -A …` and `+ nat -A …`, and what lines do not say. */
      lines: v.array(v.string()),
      /** The same lines with their places in either side's text, of the first of these changes. */
      diff: v.array(
        v.object({
          side: v.picklist(sideNames),
          table: v.string(),
          chain: v.string(),
          text: v.string(),
          /** From 1; absent of a chain's policy. */
          line: v.exactOptional(number),
        }),
      ),
      changes: v.array(v.string()),
    }),
  ),
  errors: v.array(
    v.object({
      id: v.string(),
      subject: v.string(),
      fault: v.picklist(['rules', 'input', 'machine', 'sidetrack']),
      reason: v.string(),
    }),
  ),
  /** Approvals that cover no change, and need not stay. */
  stale: v.array(approval),
  /** Approvals that cover no change, of which some may be of what this run has not looked at. */
  notLookedAt: v.array(approval),
})
