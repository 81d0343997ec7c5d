import { type AddressPort, formatAddressPort, isLoopback } from '../core/address.ts'

/** `port 15005 of the pod`, or an address in full. */
export const formatEndpoints = (at: AddressPort): string =>
  isLoopback(at.address) ? `port ${at.port} of the pod` : formatAddressPort(at)

/** What there is of a direction, behind `what`. */
export const whatGoes = { outbound: 'the pod sends', inbound: 'comes into the pod' } as const

/** `, as includeOutboundPorts has it`, where an option of the mesh has it so. */
export const asOption = (option: string | undefined): string => (option === undefined ? '' : `, as ${option} has it`)
