import { isLoopback } from '../../core/address.ts'
import { isCapturedAs, plainAnswer } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { behaviourOf, decidingPlace, shownBy } from '../subject.ts'

const missing: FindingKind = {
  code: 'source-address-missing',
  severity: 'error',
  title: 'The proxy dials on from an address that the pod does not have',
  about:
    'The proxy passes inbound connections on from an address of its own, so that the rules tell them from others: Istio from 127.0.0.6 and ::6. All of 127.0.0.0/8 is on every lo; an IPv6 address has to be put there, and without it bind(2) fails and each inbound connection ends at the proxy.',
  remedy:
    'Run the mesh’s init container to its end, which puts the address there (Istio: `ip -6 addr add ::6/128 dev lo`), and capture `ip address` beside the rules.',
}

/** Inbound connections that the proxy takes and cannot pass on. */
export const sourceAddress: Detector = {
  kinds: [missing],
  *find(subject): Iterable<Finding> {
    const { inbound } = subject.profile.dialsOn
    if (inbound === 'loopback' || inbound.from === 'client') return
    for (const family of subject.families) {
      const from = inbound.from[family]
      if (isLoopback(from) || subject.stack.isLocal(from)) continue
      const answer = plainAnswer(subject, family, 'inbound')
      if (answer === undefined || !isCapturedAs('inbound', behaviourOf(answer), subject.profile)) continue
      yield caseOf(missing, {
        key: from,
        what: `lo lacks ${from}, from which the proxy passes on what comes in`,
        rules: decidingPlace(subject, answer),
        shown: shownBy(answer),
      })
    }
  },
}
