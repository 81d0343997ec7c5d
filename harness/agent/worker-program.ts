import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { findPackageJSON, getCompileCacheDir } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checked, mount } from '../sys/libc/libc.ts'
import { asPlainJavaScript } from '../sys/node/plain-javascript.ts'
import { loaderName, thisNode } from '../sys/node/this-node.ts'

const MS_BIND = 4096
/** A file system that only the user who mounted it can access, whatever the file modes say (fuse(4), linux/magic.h). */
const FUSE_SUPER_MAGIC = 0x65735546
/** To read, to run and to enter, for everybody. */
const rights = 0o005

/** On the sandbox's own /run, where every identity may enter. */
const home = '/run/sidetrack'
const libraryFolder = join(home, 'lib')
const source = fileURLToPath(
  new URL(`./worker/main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
)

/** How an identity's process is started. */
export interface WorkerProgram {
  words: readonly string[]
  env: NodeJS.ProcessEnv
}

/**
 * Brings what identities' processes run into the sandbox: Node, libraries that come with it, the code, and its
 * packages. Identities cannot read files in a folder of the user who runs this: even CAP_DAC_READ_SEARCH counts for
 * files alone whose owner and group the user namespace knows (user_namespaces(7)).
 */
export function bringWorkerProgram(): WorkerProgram {
  const compiled = getCompileCacheDir()
  const program = asPlainJavaScript(source, home, compiled && join(dirname(compiled), 'plain'))
  bringPackages()
  // A container has all of it where everybody may enter.
  if (basename(thisNode[0]) === loaderName) return { words: [...thisNode, program], env: {} }
  const node = join(home, 'bin/node')
  bringFile(process.execPath, node)
  const own = ownLibraries(readFileSync('/proc/self/maps', 'utf8'))
  for (const library of own) bringFile(library, join(libraryFolder, basename(library)))
  return { words: [node, program], env: own.length === 0 ? {} : { LD_LIBRARY_PATH: libraryFolder } }
}

/**
 * The shared libraries that a process has loaded from elsewhere than the system's folders. @param maps proc_pid_maps(5)
 */
export function ownLibraries(maps: string): string[] {
  const files = [...maps.matchAll(/ (\/.*\.so(?:\.\d+)*)$/gm)].map(([, file = '']) => file)
  return [...new Set(files)].filter((file) => !/^(\/usr)?\/lib(32|64|x32|exec)?\//.test(file))
}

/** What the code imports, beside what Node has. */
export const packages = ['koffi'] as const

function bringPackages(): void {
  const koffi = bringPackage('koffi', import.meta.url)
  // koffi may also have its library in its own folder, where it was compiled.
  if (findPackageJSON(koffiLibrary, koffi) !== undefined) bringPackage(koffiLibrary, koffi)
}

const koffiLibrary = `@koromix/koffi-linux-${process.arch}`

/** @returns its package.json. */
function bringPackage(name: string, from: string): string {
  const file = findPackageJSON(name, from)
  if (file === undefined) throw new Error(`the package ${name} is not installed`)
  const folder = join(home, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  // npm gives all files of a package the same rights.
  if (isOpen(file) && isOpen(dirname(file)))
    checked(mount(dirname(file), folder, null, MS_BIND, null), `mount ${folder}`)
  else cpSync(dirname(file), folder, { recursive: true })
  return file
}

/** The same file where every identity can read it, elsewhere a copy, which takes the memory of its size. */
function bringFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  if (!isOpen(from)) {
    copyFileSync(from, to)
    return chmodSync(to, 0o755)
  }
  writeFileSync(to, '')
  checked(mount(from, to, null, MS_BIND, null), `mount ${to}`)
}

/** Whether every identity that reaches a file or folder has all of its owner's rights but writing. */
function isOpen(path: string): boolean {
  const { mode } = statSync(path)
  return (mode & rights) === ((mode >> 6) & rights) && statfsSync(path).type !== FUSE_SUPER_MAGIC
}
