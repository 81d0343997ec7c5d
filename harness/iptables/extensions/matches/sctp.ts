import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { kept } from '../lowering.ts'
import { checkKind, type KeptOption, not, value } from '../option.ts'

const chunkNames =
  'DATA INIT INIT_ACK SACK HEARTBEAT HEARTBEAT_ACK ABORT SHUTDOWN SHUTDOWN_ACK ERROR COOKIE_ECHO COOKIE_ACK ECN_ECNE ECN_CWR ' +
  'SHUTDOWN_COMPLETE I_DATA RE_CONFIG PAD ASCONF ASCONF_ACK FORWARD_TSN I_FORWARD_TSN'
const chunkFlags: Readonly<Record<string, string>> = {
  DATA: 'IUBE-',
  I_DATA: 'IUBE-',
  ABORT: 'T-',
  SHUTDOWN_COMPLETE: 'T-',
}

function isChunk(entry: string): boolean {
  const [name = '', flags = ''] = entry.split(/:(.*)/s)
  const known = chunkNames.split(' ').find((chunk) => chunk === name.toUpperCase())
  return known !== undefined && [...flags].every((letter) => (chunkFlags[known] ?? '-').includes(letter.toUpperCase()))
}

const matchType = kinds.oneOfAnyCase('ALL', 'ANY', 'ONLY')
const chunks = kinds.kind(
  'ALL, NONE or a list of chunks',
  (written, family) =>
    ['ALL', 'NONE'].includes(written.toUpperCase()) || kinds.listOf('', isChunk).accepts(written, family),
)

/** How, and which chunks (extensions/libxt_sctp.c). */
const chunkTypes: KeptOption = {
  option: '--chunk-types',
  words: 2,
  invertible: true,
  check: ([how, which], { family }) => {
    checkKind(how, matchType, family)
    checkKind(which, chunks, family)
  },
}

/** `-m sctp`. */
export const sctp: MatchExtension = {
  ...kept,
  options: [
    value('--sport', portKinds.orderedPorts, { ...not, also: ['--source-port'] }),
    value('--dport', portKinds.orderedPorts, { ...not, also: ['--destination-port'] }),
    chunkTypes,
  ],
  protocols: [132],
}
