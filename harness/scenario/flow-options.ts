import * as v from 'valibot'
import { familyOf } from '../core/address.ts'
import type { Protocol } from '../flow/flow.ts'
import { id, interfaceName, list, object, port, shown, text, yesOrNo } from '../input/fields.ts'

const address = v.pipe(
  text,
  v.check(
    (written) => familyOf(written) !== undefined,
    ({ input }) => `${shown(input)} is not an IP address`,
  ),
)

const everywhere = { sourceAddress: v.optional(address), bindToDevice: v.optional(interfaceName) }
const withPort = { ...everywhere, sourcePort: v.optional(port) }

/** What a flow may be given beside its destination. */
export const flowOptions: Readonly<Record<Protocol, v.GenericSchema>> = {
  tcp: v.pipe(
    object({ ...withPort, serverFirst: v.optional(yesOrNo), http: v.optional(yesOrNo) }, 'option'),
    v.check(
      ({ serverFirst, http }) => !(serverFirst && http),
      'serverFirst and http cannot both be: over HTTP it is the client that speaks first',
    ),
  ),
  udp: object(withPort, 'option'),
  icmp: object(everywhere, 'option'),
}

/** Numbers that a process runs as. */
export const credentials = object({ uid: id, gid: v.optional(id), groups: v.optional(list(id)) })
