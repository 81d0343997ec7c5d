import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { checked, mount } from '../libc/libc.ts'
import { toolFolders } from '../machine/requirements.js'

const MS_NOSUID = 2
const MS_NODEV = 4
const MS_BIND = 4096
const MS_REC = 16_384

/**
 * Puts an empty file system over /run, in memory, that goes with this process's mount namespace. What Sidetrack itself
 * is made of, and the folders of tools, stay where they are if they lie below /run, as on NixOS or in a user's own
 * folder there.
 */
export function mountPrivateRun(): void {
  const kept = foldersBelowRun([
    dirname(findPackageJSON(import.meta.url) ?? '/'),
    dirname(process.execPath),
    ...toolFolders(),
  ])
  const old = openSync('/run', 'r')
  try {
    checked(mount('sidetrack', '/run', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=0755'), 'mount /run')
    for (const { folder, real } of kept) {
      mkdirSync(folder, { recursive: true })
      const source = isBelowRun(real) ? `/proc/self/fd/${old}/${relative('/run', real)}` : real
      checked(mount(source, folder, null, MS_BIND | MS_REC, null), `mount ${folder}`)
    }
  } finally {
    closeSync(old)
  }
}

const isBelowRun = (path: string): boolean => path.startsWith('/run/')

/** Each folder by the name it goes by, and by its own: what runs from there may use either. */
function foldersBelowRun(folders: readonly string[]): { folder: string; real: string }[] {
  const there = folders
    .flatMap((folder) => [folder, join(folder, 'node_modules')])
    .filter((folder) => existsSync(folder))
  const named = there.flatMap((folder) => {
    const real = realpathSync(folder)
    return [folder, real].map((name) => [name, { folder: name, real }] as const)
  })
  const unique = [...new Map(named).values()].filter(({ folder }) => isBelowRun(folder))
  // Whatever lies in a folder that is kept comes with it.
  return unique.filter(({ folder }) => !unique.some((other) => folder.startsWith(`${other.folder}/`)))
}
