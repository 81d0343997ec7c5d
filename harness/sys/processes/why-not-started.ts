import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** How much of a script's first line the kernel reads (BINPRM_BUF_SIZE, linux/binfmts.h). */
const mostOfFirstLine = 256

/**
 * Why a program does not start.
 * @param code of execve(2). @param file as it was asked for. @param cwd where.
 */
export function whyNotStarted(code: string, file: string, cwd: string): string {
  if (code === 'EACCES' && isFolder(resolve(cwd, file))) return 'it is a folder'
  if (code === 'EACCES') return 'it may not be run; is it an executable file (chmod +x)?'
  if (code !== 'ENOENT') return `it could not be started: ${code}`
  // Without a slash it was looked for on the PATH.
  const path = file.includes('/') ? resolve(cwd, file) : undefined
  if (path === undefined || statSync(path, { throwIfNoEntry: false }) === undefined) return 'no such program'
  return missingInterpreter(path)
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** The kernel says of a program that is there what it says of one that is not, where what runs it is missing. */
function missingInterpreter(path: string): string {
  const [, interpreter] = /^#![ \t]*([^ \t\n]+)/.exec(firstLine(path)) ?? []
  if (interpreter === undefined) return 'the loader that it asks for is not there: it is made for another system'
  if (interpreter.endsWith('\r')) return 'its first line ends as on Windows (CR LF), which names no interpreter here'
  return `its first line names ${JSON.stringify(interpreter)}, which is not there`
}

function firstLine(path: string): string {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(mostOfFirstLine)
    return buffer.toString('utf8', 0, readSync(file, buffer)).split('\n', 1)[0] ?? ''
  } finally {
    closeSync(file)
  }
}
