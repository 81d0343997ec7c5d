import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { findPackageJSON, stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'

const relativeImport = /(\bfrom |\bimport )'(\.[^']+)\.(ts|js)'/g

/**
 * Writes a program and everything of ours that it imports as plain JavaScript, so that processes which are started many
 * times need not each load the compiler that strips types (35 ms) and strip them again (40 ms). Lines stay where they are.
 * @param program the absolute path of its first file.
 * @param folder where to write, such as on the sandbox's own /run.
 * @returns the path of what to run; packages that it imports are for the caller to put beside it.
 */
export function asPlainJavaScript(program: string, folder: string): string {
  const root = dirname(findPackageJSON(import.meta.url) ?? program)
  const target = (file: string): string => join(folder, relative(root, file)).replace(/\.ts$/, '.js')
  const seen = new Set([program])
  for (const file of seen) {
    const text = readFileSync(file, 'utf8')
    const stripped = file.endsWith('.ts') ? withoutTypes(text) : text
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
