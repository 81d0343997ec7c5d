import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Programs in place of the machine's: the job is an ordinary user's, as on GitHub, and what it would change of the
 * machine is noted and not done. @param folder to make. @returns the PATH to run with, and what was noted.
 */
export function shims(folder: string): { path: string; noted(): string[] } {
  mkdirSync(folder)
  const notes = join(folder, 'notes')
  writeFileSync(notes, '')
  const programs: Readonly<Record<string, string>> = {
    id: '[ "$*" = -u ] && { [ -n "$AS_ROOT" ] && echo 0 || echo 1001; exit; }; exec /usr/bin/id "$@"',
    sudo: `while [ "\${1#--}" != "$1" ]; do shift; done; AS_ROOT=1 exec "$@"`,
    modprobe: `echo "\${AS_ROOT:-0} modprobe $*" >>'${notes}'`,
    sysctl: `[ "$1" = -n ] && { echo 1; exit; }; echo "\${AS_ROOT:-0} sysctl $*" >>'${notes}'`,
  }
  for (const [name, text] of Object.entries(programs)) {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
  }
  return {
    path: [folder, dirname(process.execPath), process.env['PATH']].join(':'),
    noted: () => readFileSync(notes, 'utf8').split('\n').filter(Boolean),
  }
}
