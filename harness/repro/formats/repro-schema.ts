import * as v from 'valibot'
import { families } from '../../core/address.ts'
import { severities } from '../../findings/finding.ts'
import { backends } from '../../flow/backend.ts'
import { number, observed } from '../../report/reading/report-schema.ts'

const rule = v.object({
  family: v.picklist(families),
  table: v.string(),
  chain: v.string(),
  /** Its place in the chain, from 1. */
  rule: number,
  /** As `iptables-save` prints it. */
  text: v.string(),
  /** In the text, from 1; 0 where it is not known. */
  line: number,
})

const flow = v.object({
  origin: v.picklist(['pod', 'peer', 'inner']),
  interface: v.exactOptional(v.string()),
  uid: v.exactOptional(number),
  gid: v.exactOptional(number),
  groups: v.exactOptional(v.array(number)),
  protocol: v.picklist(['tcp', 'udp', 'icmp']),
  family: v.picklist(families),
  source: v.exactOptional(v.object({ address: v.exactOptional(v.string()), port: v.exactOptional(number) })),
  destination: v.string(),
  mark: v.exactOptional(number),
  /** DSCP and ECN (IP_TOS, IPV6_TCLASS). */
  tos: v.exactOptional(number),
})

/** `sidetrack.repro/1` as `repro --reporter json` writes it. Fields are added, never renamed. */
export const reproSchema = v.object({
  schema: v.literal('sidetrack.repro/1'),
  source: v.string(),
  proxy: v.object({ mesh: v.string(), release: v.string(), uid: number, gid: number }),
  /** How the text was read and what was taken for granted: a line each. */
  premises: v.array(v.string()),
  families: v.array(v.picklist(families)),
  iptables: v.object({ backend: v.picklist(backends), version: v.exactOptional(v.string()) }),
  /** How many flows were driven; where none, `notDriven` says why. */
  driven: number,
  notDriven: v.exactOptional(v.string()),
  classes: number,
  /** Whether there are flows that no class covers. */
  complete: v.boolean(),
  behaviour: v.array(
    v.object({
      families: v.array(v.picklist(families)),
      origin: v.picklist(['pod', 'peer', 'inner']),
      interface: v.exactOptional(v.string()),
      protocol: v.picklist(['tcp', 'udp', 'icmp']),
      who: v.string(),
      where: v.string(),
      becomes: v.string(),
      rule: v.nullable(rule),
      driven: v.boolean(),
      classes: number,
      example: flow,
    }),
  ),
  findings: v.array(
    v.object({
      code: v.string(),
      severity: v.picklist(severities),
      title: v.string(),
      what: v.string(),
      remedy: v.string(),
      fingerprint: v.string(),
      rules: v.array(rule),
      flow: v.exactOptional(flow),
      behaviour: v.exactOptional(observed),
      /** Whether the kernel showed it; absent where it is not about traffic. */
      seen: v.exactOptional(v.boolean()),
    }),
  ),
  /** Flows of which model and kernel do not say the same. */
  disagreements: v.array(v.object({ flow, predicted: v.string(), seen: v.string() })),
})
