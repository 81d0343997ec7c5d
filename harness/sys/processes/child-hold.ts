import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/** Has this process end even if a child, which it has started ahead of who needs it, and the pipes to that still stand. */
export function letGo(child: ChildProcess): void {
  for (const part of partsOf(child)) part.unref()
}

/** Has this process stay as long as a child that was let go does. */
export function hold(child: ChildProcess): void {
  for (const part of partsOf(child)) part.ref()
}

/** A child for which there was no descriptor left has no pipes, whatever its type says (child_process.js of Node 24). */
function partsOf(child: ChildProcess): Pick<Socket, 'ref' | 'unref'>[] {
  const pipes = (child.stdio as ChildProcess['stdio'] | undefined) ?? []
  return [child, ...pipes.filter((pipe) => pipe != null)] as Socket[]
}
