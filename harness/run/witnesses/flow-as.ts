import type { ConcreteFlow, Flow } from '../../flow/flow.ts'
import type { Identity } from '../../flow/identity.ts'

/** A flow that nobody wrote, as a scenario would have it. @param identity whose it is there. */
export function flowAs(
  { origin, protocol, family, destination, source, mark, tos, transparent, bindToDevice, raw }: ConcreteFlow,
  identity: Identity,
): Flow {
  return {
    identity,
    origin,
    protocol,
    destination: { kind: 'literal', family, ...destination },
    ...(source && { source }),
    ...(mark !== undefined && { mark }),
    ...(tos !== undefined && { tos }),
    ...(transparent && { transparent }),
    ...(bindToDevice !== undefined && { bindToDevice }),
    ...(raw !== undefined && { raw }),
  }
}
