import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'

const failed: FindingKind = {
  code: 'init-container-failed',
  severity: 'error',
  title: 'An init container failed',
  about:
    'The container that applies the rules ended with another exit code than 0, so that none of them, or only the first, are there. Kubernetes starts it again and again, and the pod does not come up.',
  remedy: 'Read its log (`kubectl logs POD -c CONTAINER`): iptables says there which rule it refuses, and why.',
}

/** Init containers of which the text says that they failed. */
export const initContainers: Detector = {
  kinds: [failed],
  *find({ ended }): Iterable<Finding> {
    for (const { name, exitCode, reason } of ended)
      if (exitCode !== 0)
        yield caseOf(failed, {
          key: name,
          what: `init container ${name} ended with exit code ${exitCode}${reason && `, ${reason}`}`,
          rules: [],
        })
  },
}
