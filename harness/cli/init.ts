import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { exitCodes, HarnessError, inputError } from '../core/errors.ts'
import { callerDirectory, fromCaller, program, toCaller } from './command/caller.ts'
import { command } from './command/command.ts'
import { examples, projectFilesOf, scenariosTsconfig, workflowPath } from './init/files.ts'
import { oneOf, withDefault } from './command/option.ts'
import { print } from './command/output.ts'

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
  options: { mesh: withDefault('istio|osm', 'istio', 'the mesh that it is about', oneOf(Object.keys(examples))) },
  async run({ values: { mesh }, positionals: [name = '.', ...more] }) {
    if (more[0] !== undefined) throw inputError(more[0], 'one folder at a time', 'call init again for this one')
    const folder = fromCaller(name)
    const isInstalled = resolves(folder)
    const checkout = isInstalled ? undefined : checkoutFrom(folder)
    const repository = repositoryAbove(folder)
    const choice = { mesh, example: examples[mesh] ?? '', ...(checkout && { checkout }) }
    const files = new Map(
      projectFilesOf({ ...choice, ...(repository !== undefined && { below: placeIn(repository, folder) }) }),
    )
    if (holdsAnother(join(folder, 'tsconfig.json'), files.get('tsconfig.json')))
      files.set(...scenariosTsconfig(isInstalled ? undefined : checkoutFrom(join(folder, 'scenarios'))))
    const lines: string[] = []
    for (const [path, text] of files)
      lines.push(`${write(join(folder, path), text) ? 'made' : 'left as it is'}  ${path}`)
    if (repository !== undefined)
      lines.push(
        '',
        'GitHub reads workflows at the root of a repository alone: move it there, where its steps expect to be,',
        `  to ${join(relative(folder, repository), workflowPath)}`,
      )
    const there = folder === callerDirectory() ? '' : `in ${name}: `
    print(
      `${lines.join('\n')}\n\n${isInstalled ? '' : `${there}npm install --save-dev sidetrack\n`}${there}${program} run\n`,
    )
    return exitCodes.ok
  },
})

/** Where types are, for a project in which Sidetrack is not installed. */
function checkoutFrom(folder: string): { dsl: string; typeRoots?: string } {
  const from = (path: string): string => relative(folder, path).replace(/^(?!\.)/, './')
  return { dsl: from(types.dsl), ...(isSource && { typeRoots: from(types.typeRoots) }) }
}

/** Whether a file is there that says something else. */
function holdsAnother(path: string, text: string | undefined): boolean {
  try {
    return readFileSync(path, 'utf8') !== text
  } catch {
    return false
  }
}

/** The root of the repository that a folder is in, if it is not that itself. */
function repositoryAbove(folder: string): string | undefined {
  const isRoot = (path: string): boolean => existsSync(join(path, '.git'))
  if (isRoot(folder)) return undefined
  for (let path = dirname(folder); path !== dirname(path); path = dirname(path)) if (isRoot(path)) return path
  return undefined
}

/** Where a folder is in its repository, and the lockfile that npm takes there: of a workspace the root's. */
function placeIn(repository: string, folder: string): { folder: string; lockfile: string } {
  let holder = folder
  while (holder !== repository && !existsSync(join(holder, lockfile))) holder = dirname(holder)
  const found = existsSync(join(holder, lockfile)) ? holder : folder
  return { folder: relative(repository, folder), lockfile: relative(repository, join(found, lockfile)) }
}

const lockfile = 'package-lock.json'

function resolves(folder: string): boolean {
  try {
    createRequire(join(folder, 'package.json')).resolve('sidetrack')
    return true
  } catch {
    return false
  }
}

/** @returns whether it was written: a file that is there is somebody's. */
function write(path: string, text: string): boolean {
  if (existsSync(path)) return false
  makeFolder(dirname(path))
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    // Of a disk that is full it has an empty file, which the next call would leave as it is.
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') rmSync(path, { force: true })
    throw inputError(toCaller(path), `cannot be written${reasonOf(error)}`)
  }
  return true
}

/**
 * With the folders above it. Not by `recursive`: with that Node 24 tries forever below a folder that is there and takes
 * no other, such as /proc.
 */
function makeFolder(path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) return
    if (found !== undefined) throw inputError(toCaller(path), 'is a file', 'name a folder, or one that is to be made')
    makeFolder(dirname(path))
    mkdirSync(path)
  } catch (error) {
    if (error instanceof HarnessError) throw error
    throw inputError(toCaller(path), `this folder cannot be made${reasonOf(error)}`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  ENOENT: 'no folder can be made there',
  EEXIST: 'a link that leads nowhere is there',
  EROFS: 'what it lies on is read-only',
  ENOSPC: 'no space is left there',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'a link on the way leads to itself',
}

function reasonOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException
  return `: ${reasons[code] ?? code}`
}
