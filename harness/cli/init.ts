import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { exitCodes, HarnessError, inputError } from '../core/errors.ts'
import { callerDirectory, fromCaller, program } from './caller.ts'
import { command } from './command.ts'
import { examples, projectFilesOf } from './init/files.ts'
import { withDefault } from './option.ts'
import { print } from './output.ts'

const isSource = import.meta.filename.endsWith('.ts')

/**
 * What scenarios import, and the types that its source uses itself, for a project in which Sidetrack is not installed.
 */
const types = {
  dsl: join(import.meta.dirname, `../scenario/dsl.${isSource ? 'ts' : 'd.ts'}`),
  typeRoots: join(import.meta.dirname, '../../node_modules/@types'),
}

export const init = command({
  positionals: '[FOLDER]',
  help: 'begins a project of your own: a scenario, a config, a tsconfig and a workflow; what is there stays as it is',
  options: { mesh: withDefault('istio|osm', 'istio', 'the mesh that it is about', known) },
  async run({ values: { mesh }, positionals: [name = '.', ...more] }) {
    if (more[0] !== undefined) throw inputError(more[0], 'one folder at a time', 'call init again for this one')
    const folder = fromCaller(name)
    const isInstalled = resolves(folder)
    const from = (path: string): string => relative(folder, path).replace(/^(?!\.)/, './')
    const checkout = isInstalled
      ? undefined
      : { dsl: from(types.dsl), ...(isSource && { typeRoots: from(types.typeRoots) }) }
    const choice = { mesh, example: examples[mesh] ?? '', ...(checkout && { checkout }) }
    const lines: string[] = []
    for (const [path, text] of projectFilesOf(choice))
      lines.push(`${(await write(join(folder, path), text)) ? 'made' : 'left as it is'}  ${path}`)
    const there = folder === callerDirectory ? '' : `in ${name}: `
    print(
      `${lines.join('\n')}\n\n${isInstalled ? '' : `${there}npm install --save-dev sidetrack\n`}${there}${program} run\n`,
    )
    return exitCodes.ok
  },
})

function known(text: string): string {
  if (Object.hasOwn(examples, text)) return text
  throw new TypeError(`'${text}' is none of ${Object.keys(examples).join(', ')}`)
}

function resolves(folder: string): boolean {
  try {
    createRequire(join(folder, 'package.json')).resolve('sidetrack')
    return true
  } catch {
    return false
  }
}

/** @returns whether it was written: a file that is there is somebody's. */
async function write(path: string, text: string): Promise<boolean> {
  if (existsSync(path)) return false
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    throw new HarnessError('input', `${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
  return true
}
