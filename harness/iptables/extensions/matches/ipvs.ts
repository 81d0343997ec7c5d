import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { kept } from '../lowering.ts'
import { flagNot, not, value } from '../option.ts'

/** `-m ipvs`. */
export const ipvs: MatchExtension = {
  ...kept,
  options: [
    flagNot('--ipvs'),
    value('--vproto', portKinds.protocol, not),
    value('--vaddr', addressKinds.network, not),
    value('--vport', portKinds.port, not),
    value('--vdir', kinds.oneOfAnyCase('ORIGINAL', 'REPLY')),
    value('--vmethod', kinds.oneOfAnyCase('GATE', 'IPIP', 'MASQ'), not),
    value('--vportctl', portKinds.port, not),
  ],
  check: (match) =>
    needsAny('something to look for')(match) ??
    (match.options.length > 1 && match.options.some(({ option, negated }) => option === '--ipvs' && negated)
      ? 'has ! --ipvs and nothing beside it'
      : undefined),
}
