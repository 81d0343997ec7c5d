/** The bits of the octet that are ECN (RFC 3168); those above are the DSCP (RFC 2474). */
const ecnBits = 0x03

/** `DSCP 46`, or `TOS 0x01` where ECN has bits as well. */
export const formatTos = (tos: number): string =>
  (tos & ecnBits) === 0 ? `DSCP ${tos >> 2}` : `TOS 0x${tos.toString(16).padStart(2, '0')}`

/** The same with no bit of ECN. */
export const withoutEcn = (tos: number): number => tos & ~ecnBits

/** Whether a TCP socket can have it: the kernel keeps ECN to itself there (INET_ECN_MASK in net/ipv4/ip_sockglue.c). */
export const isDscpAlone = (tos: number): boolean => (tos & ecnBits) === 0
