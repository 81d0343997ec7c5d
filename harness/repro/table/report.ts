import { type Family, withoutPrefix } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import { isCapturing } from '../../flow/listener.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Witnessed } from '../../run/witnesses/witness-pod.ts'
import type { Examined } from '../examine/examine.ts'
import type { Box } from '../../classes/boxes/frame.ts'
import { namesOf } from './describe-set.ts'
import { placesOf } from './places.ts'
import { type Row, rowsOf } from './rows.ts'

/** What is told of a ruleset, in whatever format. */
export interface ReproReport {
  /** What the rules are called: the file, as it was written. */
  source: string
  profile: Profile
  /** Whose proxy it is and why, how the text was read, and what the pod is like: a line each. */
  premises: readonly string[]
  families: readonly Family[]
  findings: readonly Finding[]
  rows: readonly Row[]
  /** How many classes there are, and what none covers. */
  classes: number
  left: readonly Box[]
  /** Nothing else is left than single members of large sets. */
  isSampled: boolean
  driven: number
  backend: Backend
  /** Of iptables; missing where nothing was driven. */
  version?: string
  notDriven?: string
  disagreements: readonly Witnessed[]
}

export function reportOf(
  { subject, findings, addresses, missing, classes, driven, disagreements, notDriven }: Examined,
  { source, premises, backend, version }: Pick<ReproReport, 'source' | 'premises' | 'backend' | 'version'>,
): ReproReport {
  const { profile, families } = subject
  const ports = new Map(
    profile.listeners
      .filter(isCapturing)
      .map(({ name, port, captures }) => [name, { port, needsDestination: captures !== 'dns' }]),
  )
  const peers = addresses.links.flatMap(({ peer }) => [withoutPrefix(peer.ipv4), withoutPrefix(peer.ipv6)])
  const rows = rowsOf(classes.told, {
    space: classes.space,
    names: namesOf(addresses.own, peers),
    places: placesOf(addresses.own, addresses.links),
    ports,
  })
  const absent =
    missing.length === 0
      ? []
      : [`left out: the pod here has no interface ${missing.join(', ')}, although rules ask for it`]
  return {
    source,
    profile,
    families,
    findings,
    rows,
    driven,
    disagreements,
    backend,
    premises: [...premises, ...absent],
    classes: classes.classes.length,
    left: classes.left,
    isSampled: classes.isSampled === true,
    ...(version !== undefined && { version }),
    ...(notDriven !== undefined && { notDriven }),
  }
}
