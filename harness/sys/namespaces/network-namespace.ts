import { closeSync, constants, mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { namespaceFolder as folder } from './namespace-folder.ts'
import { checked, mount, setns, umount2, unshare } from '../libc/libc.ts'

const CLONE_NEWNET = 0x40000000
const MS_BIND = 4096
const MNT_DETACH = 2

let home: number | undefined
/** The namespace that the thread is in, where it is not at home. */
let current: number | undefined

/**
 * Runs a function with the calling thread in another network namespace. The function must be synchronous: what it
 * opens, binds or spawns belongs to that namespace, and whatever is put off until later does not.
 */
export function inNamespace<T>(fd: number, use: () => T): T {
  if (fd === current) return use()
  home ??= openSync('/proc/thread-self/ns/net', constants.O_RDONLY)
  const before = current
  checked(setns(fd, CLONE_NEWNET), 'setns')
  current = fd
  try {
    return use()
  } finally {
    current = before
    checked(setns(before ?? home, CLONE_NEWNET), 'setns back')
  }
}

/** Makes a named network namespace, visible to every process of the sandbox. @returns a descriptor of it. */
export function createNamespace(name: string): number {
  home ??= openSync('/proc/thread-self/ns/net', constants.O_RDONLY)
  checked(unshare(CLONE_NEWNET), 'unshare(CLONE_NEWNET)')
  try {
    return nameOwnNamespace(name)
  } finally {
    checked(setns(home, CLONE_NEWNET), 'setns home')
  }
}

/** Gives the calling thread's network namespace a name. @returns a descriptor of it. */
export function nameOwnNamespace(name: string): number {
  const path = `${folder}/${name}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, '', { flag: 'wx' })
  checked(mount('/proc/thread-self/ns/net', path, null, MS_BIND, null), `mount ${path}`)
  return openSync(path, constants.O_RDONLY)
}

/** @returns a descriptor of a namespace that `createNamespace` made, in this process or another one of the sandbox. */
export function openNamespace(name: string): number {
  return openSync(`${folder}/${name}`, constants.O_RDONLY)
}

/** Lets go of a namespace; the kernel removes it, its links and its rules with its last socket. */
export function removeNamespace(name: string, fd: number): void {
  closeSync(fd)
  checked(umount2(`${folder}/${name}`, MNT_DETACH), `umount ${folder}/${name}`)
  unlinkSync(`${folder}/${name}`)
}
