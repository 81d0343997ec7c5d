import { addFileActionDup2, destroyFileActions, initFileActions, posixSpawnp, SystemCallError } from '../libc/libc.ts'

/** posix_spawn_file_actions_t is 80 bytes in glibc on 64-bit machines. */
const fileActionsSize = 128

/** What posix_spawn(3) needs to know of a program. */
export interface Program {
  /** Looked for on the PATH of whoever starts it. */
  file: string
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  /** What it has as 0, 1, 2, … */
  descriptors: readonly number[]
}

/** posix_spawnp(3). @returns its PID. @throws SystemCallError if it cannot be started. */
export function posixSpawn({ file, args, env, descriptors }: Program): number {
  const actions = Buffer.alloc(fileActionsSize)
  initFileActions(actions)
  descriptors.forEach((fd, target) => addFileActionDup2(actions, fd, target))
  const environment = Object.entries(env).map(([name, value]) => `${name}=${value ?? ''}`)
  const pid: [number] = [0]
  const failure = posixSpawnp(pid, file, actions, null, [file, ...args, null], [...environment, null])
  destroyFileActions(actions)
  if (failure !== 0) throw new SystemCallError(`start ${file}`, failure)
  return pid[0]
}
