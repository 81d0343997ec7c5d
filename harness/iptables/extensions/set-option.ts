import * as kinds from './kinds.ts'
import { checkKind, type KeptOption } from './option.ts'

const setDirections = kinds.kind("'src' or 'dst', or a list of up to six of them", (written) => {
  const entries = written.split(',')
  return entries.length <= 6 && entries.every((entry) => /^(src|dst)/.test(entry))
})
const setName = kinds.text(0, 31)

/** Two words: a set's name and its directions (extensions/libxt_set.h). */
export const setOption = (option: string, more: Partial<KeptOption> = {}): KeptOption => ({
  option,
  words: 2,
  invertible: false,
  ...more,
  check: ([name, directions], { family }) => {
    checkKind(name, setName, family)
    checkKind(directions, setDirections, family)
  },
})
