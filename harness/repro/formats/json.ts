import { formatAddressPort } from '../../core/address.ts'
import type { Finding, RulePlace } from '../../findings/finding.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import { reportedObserved } from '../../report/describing/reported-observed.ts'
import { jsonText } from '../../report/writing/printable.ts'
import type { ReproFormat } from './format.ts'
import { disagreementWords } from './words.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { ReproReport } from '../table/report.ts'

/** `sidetrack.repro/1`, as `reproSchema` has it. */
export const json: ReproFormat = (report) => jsonText(reported(report))

function reported(report: ReproReport) {
  const {
    source,
    profile,
    premises,
    families,
    backend,
    version,
    driven,
    notDriven,
    classes,
    left,
    rows,
    findings,
    disagreements,
  } = report
  return {
    schema: 'sidetrack.repro/1' as const,
    source,
    proxy: { mesh: profile.mesh, release: profile.release, uid: profile.proxy.uid, gid: profile.proxy.gid },
    premises,
    families,
    iptables: { backend, ...(version !== undefined && { version }) },
    driven,
    ...(notDriven !== undefined && { notDriven }),
    classes,
    complete: left.length === 0,
    behaviour: rows.map(({ families, origin, protocol, who, where, what, rule, isSeen, classes, witness }) => ({
      families,
      origin: origin.kind,
      ...(origin.kind === 'peer' && { interface: origin.interface }),
      protocol,
      who,
      where,
      becomes: what,
      rule: rule === undefined ? null : reportedPlace(rule),
      driven: isSeen,
      classes,
      example: reportedFlow(witness),
    })),
    findings: findings.map(reportedFinding),
    disagreements: disagreements.map((each) => {
      const { said, seen } = disagreementWords(each)
      return { flow: reportedFlow(each.flow), predicted: said, seen }
    }),
  }
}

function reportedFinding(finding: Finding) {
  const { kind, severity, what, rules, shown } = finding
  const { code, title, remedy } = kind
  return {
    code,
    severity,
    title,
    what,
    remedy,
    fingerprint: fingerprintOf(finding),
    rules: rules.map(reportedPlace),
    ...(shown && { flow: reportedFlow(shown.flow), behaviour: reportedObserved(shown.behaviour), seen: shown.isSeen }),
  }
}

const reportedPlace = ({ family, table, chain, rule, text, line }: RulePlace) => ({
  family,
  table,
  chain,
  rule,
  text,
  line,
})

function reportedFlow({
  origin,
  credentials: { uid, gid, groups },
  protocol,
  family,
  source,
  destination,
  mark,
  tos,
}: ConcreteFlow) {
  return {
    origin: origin.kind,
    ...(origin.kind === 'peer' && { interface: origin.interface }),
    ...(origin.kind === 'pod' && { uid, gid, groups }),
    protocol,
    family,
    ...(source && { source: { ...source } }),
    destination: protocol === 'icmp' ? destination.address : formatAddressPort(destination),
    ...(mark !== undefined && { mark }),
    ...(tos !== undefined && { tos }),
  }
}
