import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { findPackageJSON, stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'

const relativeImport = /(\bfrom |\bimport )'(\.[^']+)\.(ts|js)'/g

/**
 * Writes a program and everything of ours that it imports as plain JavaScript, so that processes which are started many
 * times need not each load the compiler that strips types (35 ms) and strip them again (40 ms). Lines stay where they
 * are.
 * @param program the absolute path of its first file.
 * @param folder where to write, such as on the sandbox's own /run.
 * @param cache the folder that keeps what was made of a file, for the next time.
 * @returns the path of what to run; packages that it imports are for the caller to put beside it.
 */
export function asPlainJavaScript(program: string, folder: string, cache?: string): string {
  const root = dirname(findPackageJSON(import.meta.url) ?? program)
  const target = (file: string): string => join(folder, relative(root, file)).replace(/\.ts$/, '.js')
  const seen = new Set([program])
  for (const file of seen) {
    const text = readFileSync(file, 'utf8')
    const stripped = file.endsWith('.ts') ? strippedOnce(text, cache) : text
    const plain = stripped.replace(relativeImport, (_whole, keyword: string, path: string, extension: string) => {
      seen.add(join(dirname(file), `${path}.${extension}`))
      return `${keyword}'${path}.js'`
    })
    mkdirSync(dirname(target(file)), { recursive: true })
    writeFileSync(target(file), plain)
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n')
  return target(program)
}

/**
 * Types are stripped once of each version of a file: to load the compiler and strip thirty files takes half of an
 * agent's start.
 */
function strippedOnce(text: string, cache: string | undefined): string {
  if (cache === undefined) return withoutTypes(text)
  // Imported as an ES module it would be looked through whole, in every process that may need some of this.
  const { createHash, randomUUID } = process.getBuiltinModule('node:crypto')
  const kept = join(cache, `${createHash('sha256').update(process.version).update(text).digest('hex')}.js`)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const stripped = withoutTypes(text)
    keep(kept, stripped, randomUUID())
    return stripped
  }
}

/** Others may read it meanwhile. Where it cannot be written, it is made again each time. */
function keep(file: string, text: string, unique: string): void {
  const unfinished = `${file}.${unique}`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(unfinished, text)
    renameSync(unfinished, file)
  } catch {
    // As with Node's own compile cache, nobody depends on it.
  }
}

/** TypeScript as JavaScript, line by line. @throws SyntaxError if it is none. */
export function withoutTypes(text: string): string {
  // It says once that it is experimental, which is no news to a user.
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
