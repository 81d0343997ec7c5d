import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { must, value } from '../option.ts'

/** `LENGTH,CODE JT JF K,…`: a program of classic BPF (bpf_parse_string in extensions/libxt_bpf.c). */
function isBpf(written: string): boolean {
  const [, length, rest] = /^[ \t\n]*(\d+),(.*)$/s.exec(written) ?? []
  if (length === undefined || rest === undefined || Number(length) < 1 || Number(length) > 64) return false
  const instructions = rest.split(',')
  if (instructions.at(-1) === '') instructions.pop()
  return instructions.length === Number(length) && instructions.every((one) => /^\s*\d+\s+\d+\s+\d+\s+\d+/.test(one))
}

const program = kinds.kind('a BPF program; write LENGTH,CODE JT JF K,…', isBpf)

/** `-m bpf`. */
export const bpf: MatchExtension = {
  ...kept,
  options: [value('--bytecode', program, must)],
}
