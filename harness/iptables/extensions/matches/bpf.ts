import type { MatchExtension } from '../extension.ts'
import { isBpf } from '../formats.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { must, value } from '../option.ts'

const program = kinds.kind('a BPF program; write LENGTH,CODE JT JF K,…', isBpf)

/** `-m bpf`. */
export const bpf: MatchExtension = {
  ...kept,
  options: [value('--bytecode', program, must)],
}
