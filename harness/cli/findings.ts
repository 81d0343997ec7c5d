import { exitCodes, inputError } from '../core/errors.ts'
import { didYouMean } from '../input/nearest-name.ts'
import { command } from './command/command.ts'
import { flag } from './command/option.ts'
import { print, printJson } from './command/output.ts'

export const findings = command({
  positionals: '[CODE]',
  help: 'says what `repro` can find: all codes, or what one means and what to do',
  options: { json: flag('writes all of them as JSON') },
  async run({ values, positionals: [code, ...more] }) {
    if (more[0] !== undefined) throw inputError(more[0], 'one code at a time', 'call findings again for this one')
    const { catalogue } = await import('../findings/find-all.ts')
    if (code === undefined) {
      const kinds = [...catalogue.values()]
      if (values.json) printJson(kinds)
      else {
        const width = Math.max(...kinds.map(({ code: each }) => each.length))
        print(
          kinds
            .map(({ code: each, severity, title }) => `${each.padEnd(width)}  ${severity.padEnd(7)}  ${title}\n`)
            .join(''),
        )
      }
      return exitCodes.ok
    }
    const kind = catalogue.get(code)
    if (kind === undefined)
      throw inputError(code, 'is no finding', didYouMean(code, catalogue.keys()) ?? '`findings` lists them')
    if (values.json) printJson(kind)
    else print(`${kind.code} (${kind.severity}): ${kind.title}.\n\n${kind.about}\n\nWhat to do: ${kind.remedy}\n`)
    return exitCodes.ok
  },
})
