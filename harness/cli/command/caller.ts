import { isAbsolute, relative, resolve } from 'node:path'

/** The caller's directory: npm runs scripts in the package's folder and leaves the caller's here. */
export const callerDirectory = (): string => process.env['INIT_CWD'] ?? process.cwd()

/** How Sidetrack is started, for commands that are shown to be copied: an installed package has compiled files. */
export const program = import.meta.filename.endsWith('.ts') ? 'npm run -s sidetrack --' : 'npx sidetrack'

/** A path as the caller wrote it, made absolute. */
export function fromCaller(path: string): string {
  return resolve(callerDirectory(), path)
}

/** An absolute path as the caller would write it: relative where it lies below their directory. */
export function toCaller(path: string): string {
  // What is not a path: an option that is the place of a mistake.
  if (!isAbsolute(path)) return path
  const shorter = relative(callerDirectory(), path)
  return shorter === '' || shorter.startsWith('..') ? path : shorter
}
