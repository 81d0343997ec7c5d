import { exitCodes, inputError } from '../core/errors.ts'
import { findMesh } from '../mesh/index.ts'
import { configWarnings } from '../run/schedule/config-warnings.ts'
import { command } from './command/command.ts'
import { printText } from '../source/rules/print-text.ts'
import { readMesh } from './options/mesh.ts'
import { chooseProxy } from './options/proxy.ts'
import { captureOptions, cleanEnv, passedOverLines, readAsked, requireRules } from './options/source.ts'
import { refuseSharedInput } from './options/standard-input.ts'
import { flag, optional } from './command/option.ts'
import { print, printStderr } from './command/output.ts'

const builderRequest = { schema: 'sidetrack.config/1' } as const

export const rules = command({
  help: 'prints what a rule source generates for a config',
  options: {
    rules: optional(
      'SRC',
      'the source: osm, osm@0.11, istio@1.31, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS',
    ),
    mesh: optional('NAME', 'the mesh that an exec: or image: builder is asked for', readMesh),
    'clean-env': cleanEnv,
    ...captureOptions,
    verbose: flag('also shows lines of a file: that are no rules'),
    config: optional(
      'FILE|-',
      'a sidetrack.config/1 object as JSON, or its config and podAnnotations alone; by default an empty one',
    ),
  },
  async run({ values }) {
    const rules = requireRules(values.rules)
    refuseSharedInput(values)
    const { said, source } = await readAsked(rules, values)
    const { config, podAnnotations, podIPs = [], family } = said
    if (values.family !== undefined && source.capture === undefined)
      throw inputError('--family', `${rules} is no captured text`, 'leave it out')
    const request = { config, podAnnotations, podIPs }
    if (source.capture !== undefined) {
      const families = source.capture.families.filter((each) => family === undefined || each === family)
      const texts = await Promise.all(
        families.map((each) => source.rules({ ...builderRequest, ...request, mesh: '', family: each })),
      )
      for (const line of [...source.capture.notes, ...(values.verbose ? passedOverLines(source) : [])])
        printStderr(`${line}\n`)
      for (const text of texts)
        if (text !== undefined) print((texts.length > 1 ? `### ${text.family} ###\n` : '') + printText(text))
      return exitCodes.ok
    }
    const { profile } = await chooseProxy(values.mesh, source, { ...said, ...request })
    const mesh = findMesh(profile.mesh)
    for (const warning of configWarnings(profile, request)) printStderr(`${warning}\n`)
    for (const each of family === undefined ? profile.families : [family]) {
      const text = await source.text({ ...builderRequest, ...request, mesh: mesh.name, family: each })
      print(text.replaceAll('\r\n', '\n'))
    }
    return exitCodes.ok
  },
})
