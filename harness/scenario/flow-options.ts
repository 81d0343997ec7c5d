import * as v from 'valibot'
import { familyOf } from '../core/address.ts'
import type { Protocol } from '../flow/flow.ts'
import { id, interfaceName, list, object, port, shown, text, whole, yesOrNo } from '../input/fields.ts'

const address = v.pipe(
  text,
  v.check(
    (written) => familyOf(written) !== undefined,
    ({ input }) => `${shown(input)} is not an IP address`,
  ),
)

/** fwmarks have 32 bits; 0 is what every packet has. */
const mark = whole(1, 0xffff_ffff)
/** What any flow may be given. */
export const everywhere = {
  sourceAddress: v.optional(address),
  bindToDevice: v.optional(interfaceName),
  mark: v.optional(mark),
  transparent: v.optional(yesOrNo),
}
/** What one of TCP or UDP may be given. */
export const withPort = { ...everywhere, sourcePort: v.optional(port) }

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

/** Whom a receiver is to see as its client. */
export const client = v.pipe(
  text,
  v.check(
    (written) => written === 'client' || familyOf(written) !== undefined,
    ({ input }) => `not 'client' or an address: ${shown(input)}`,
  ),
)

/** Numbers that a process runs as. */
export const credentials = object({ uid: id, gid: v.optional(id), groups: v.optional(list(id)) })
