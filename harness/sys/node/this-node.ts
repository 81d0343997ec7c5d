import { basename, dirname, join } from 'node:path'

/**
 * What the program that loads others is called in a folder that has its own, whatever processor and C library it is
 * for.
 */
export const loaderName = 'ld.so'

/**
 * The words that start the Node of a folder that holds all it is loaded from too: the loader, and the libraries of the
 * system that it comes from. So it asks nothing of the system that it is brought to: neither glibc, nor libstdc++, nor
 * a version of them. By an option, as ld.so(8) and musl's loader have it, and not by a variable, which every program it
 * starts would heed.
 */
export function nodeIn(folder: string): readonly [string, ...string[]] {
  return [join(folder, loaderName), '--library-path', folder, join(folder, 'node')]
}

/** The words that start the Node that runs this once more. */
export const thisNode: readonly [string, ...string[]] =
  basename(process.execPath) === loaderName ? nodeIn(dirname(process.execPath)) : [process.execPath]

// It names the loader if that was started. koffi reads in that file which C library its own must fit, and finds nothing
// in a loader.
process.execPath = thisNode.at(-1) ?? process.execPath
