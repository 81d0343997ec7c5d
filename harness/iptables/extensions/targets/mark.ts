import { wrongWord } from '../../words/payload-words.ts'
import { knownTarget } from '../extension.ts'
import { printXmark, readXmark, setterOptions, setters, type Xmark } from '../xmark.ts'

/** `-j MARK` */
export const mark = knownTarget<Xmark>({
  options: setterOptions(setters),
  read: (options, at) => {
    const set = readXmark(options)
    if (set === undefined) throw wrongWord(at, `MARK needs one of ${setters.join(', ')}`)
    return set
  },
  print: (set) => `--set-xmark ${printXmark(set)}`,
  lower: (set) => ({ kind: 'mark', ...set }),
})
