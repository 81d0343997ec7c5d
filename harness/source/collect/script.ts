import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where this package keeps what is no program of Node's: here, or beside the compiled code. */
const folders = [import.meta.dirname, join(import.meta.dirname, '../../../../harness/source/collect')]

function part(name: string): string {
  const path = folders.map((folder) => join(folder, name)).find((each) => existsSync(each))
  if (path === undefined) throw new Error(`the package has no ${name}`)
  return readFileSync(path, 'utf8')
}

/**
 * A POSIX shell script that prints a capture of the network namespace it runs in, and needs nothing but a shell: what
 * is not there it says.
 * @param redacts whether addresses become others before anything is printed; that needs awk.
 */
export function collectScript(redacts: boolean): string {
  // A shell that reads its program from standard input has it whole only if all of it is behind one last line.
  return redacts ? `${part('collect.sh')}${part('redact.sh')}\nredacted\n` : `${part('collect.sh')}\nmain\n`
}
