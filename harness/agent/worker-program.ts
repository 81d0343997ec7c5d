import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checked, mount } from '../sys/libc.ts'
import { asPlainJavaScript } from '../sys/plain-javascript.ts'
import { loaderName, thisNode } from '../sys/this-node.ts'

const MS_BIND = 4096
/** Whose files are open to whoever has mounted it alone, whatever their modes say (linux/magic.h, fuse(8)). */
const FUSE_SUPER_MAGIC = 0x65735546
const readableByAll = 0o005

/** On the sandbox's own /run, where every identity may enter. */
const home = '/run/sidetrack'
const libraryFolder = join(home, 'lib')
const source = fileURLToPath(new URL(`./worker/main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))

/** How an identity's process is started. */
export interface WorkerProgram {
  words: readonly string[]
  env: NodeJS.ProcessEnv
}

/**
 * Brings what identities' processes run into the sandbox: Node, the libraries of its own, the code, and koffi. Identities have
 * no rights to what lies in a folder of whoever runs this: even CAP_DAC_READ_SEARCH counts for files alone whose owner and group
 * the user namespace knows (user_namespaces(7)).
 */
export function bringWorkerProgram(): WorkerProgram {
  const program = asPlainJavaScript(source, home)
  bringKoffi()
  // A container has all of it where everybody may enter.
  if (basename(thisNode[0]) === loaderName) return { words: [...thisNode, program], env: {} }
  const node = join(home, 'bin/node')
  bring(process.execPath, node)
  const own = ownLibraries(readFileSync('/proc/self/maps', 'utf8'))
  for (const library of own) bring(library, join(libraryFolder, basename(library)))
  return { words: [node, program], env: own.length === 0 ? {} : { LD_LIBRARY_PATH: libraryFolder } }
}

/** The shared libraries that a process has loaded from elsewhere than the system's folders. @param maps proc_pid_maps(5) */
export function ownLibraries(maps: string): string[] {
  const files = [...maps.matchAll(/ (\/.*\.so(?:\.\d+)*)$/gm)].map(([, file = '']) => file)
  return [...new Set(files)].filter((file) => !/^(\/usr)?\/lib(32|64|x32|exec)?\//.test(file))
}

/** The same file where its mode and file system let every identity read it; elsewhere a copy, which takes the memory of its size. */
function bring(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  const isOpen = (statSync(from).mode & readableByAll) === readableByAll && statfsSync(from).type !== FUSE_SUPER_MAGIC
  if (!isOpen) {
    copyFileSync(from, to)
    return chmodSync(to, 0o755)
  }
  writeFileSync(to, '')
  checked(mount(from, to, null, MS_BIND, null), `mount ${to}`)
}

/** What it loads, of all that is in its package and in that with its library for this processor. */
function bringKoffi(): void {
  const koffi = findPackageJSON('koffi', import.meta.url)
  if (koffi === undefined) throw new Error('the package koffi is not installed')
  for (const file of [koffi, findPackageJSON(`@koromix/koffi-linux-${process.arch}`, koffi)]) {
    if (file === undefined) continue
    const { name } = JSON.parse(readFileSync(file, 'utf8'))
    copyReadable(dirname(file), join(home, 'node_modules', name))
  }
}

const loaded = new Set(['', '.js', '.cjs', '.json', '.node'])

/** Copies a package, open to all. */
function copyReadable(from: string, to: string): void {
  const previous = process.umask(0o022)
  cpSync(from, to, { recursive: true, filter: (file) => loaded.has(extname(file)) })
  process.umask(previous)
}
