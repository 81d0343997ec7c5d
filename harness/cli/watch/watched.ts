import { readdirSync, statSync } from 'node:fs'
import { dirname, extname, join, relative, sep } from 'node:path'
import { isNobodys, scenarioEnding } from '../../scenario/load.ts'
import { ownFile } from '../../source/own-file.ts'
import { callerDirectory, fromCaller } from '../command/caller.ts'
import type { Call } from '../command/command.ts'
import type { runOptions } from '../run/options.ts'
import { selectedFolders } from '../options/scenarios.ts'

/** What a call of `run` depends on besides its scenario files. */
export class Watched {
  /** The files that decide what the call says. */
  readonly #call: ReadonlySet<string>
  /** Files that rules come from, or that decide what becomes of a run. */
  readonly #beside: readonly string[]
  /** What the run writes itself. */
  readonly #written: ReadonlySet<string>
  readonly #trees: readonly string[]

  constructor({ values, positionals, madeFrom }: Call<typeof runOptions>) {
    const { rules, config, 'expected-failures': expected, mesh, reporter, bugs } = values
    const own = rules === undefined ? undefined : ownFile(rules, callerDirectory())
    const files = (...names: readonly (string | undefined)[]): string[] =>
      names.flatMap((name) => (name === undefined || name === '-' ? [] : [fromCaller(name)]))
    this.#call = new Set([...madeFrom, ...files(mesh?.file)])
    this.#beside = [...files(config, expected), ...(own === undefined ? [] : [own])]
    this.#written = new Set(files(...reporter.map(({ file }) => file)))
    this.#trees = selectedFolders(positionals, bugs)
  }

  /** All files that are named; some of them may not be there. */
  get files(): readonly string[] {
    return [...this.#call, ...this.#beside]
  }

  /** The folders of which every file counts, and those in them. */
  get folders(): readonly string[] {
    return this.#trees.flatMap((tree) => [tree, ...foldersBelow(tree)])
  }

  /** @param sources scenario files and what they are made from. */
  matters(path: string, sources: ReadonlySet<string>): boolean {
    if (this.#written.has(path)) return false
    return (
      sources.has(path) ||
      this.decidesCall([path]) ||
      this.decidesRun([path]) ||
      this.#trees.some((tree) => isIn(tree, path))
    )
  }

  /** Whether the call itself is to be read anew. */
  decidesCall(saved: Iterable<string>): boolean {
    return [...saved].some((path) => this.#call.has(path))
  }

  /**
   * Whether everything is to run again: one of these files, or one beside them of the same kind, which they may load. A
   * builder's own cache or log is none.
   */
  decidesRun(saved: Iterable<string>): boolean {
    const isAlike = (path: string, kind = extname(path)): boolean =>
      kind !== '' && this.#beside.some((file) => dirname(file) === dirname(path) && extname(file) === kind)
    return [...saved].some((path) => this.#beside.includes(path) || isAlike(path))
  }
}

/** A file that is loaded with its folder, or a folder that may hold some. */
function isIn(tree: string, path: string): boolean {
  if (!path.startsWith(tree + sep) || isNobodys(relative(tree, path))) return false
  return scenarioEnding.test(path) || /\.ya?ml$/.test(path) || isFolder(path)
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

function foldersBelow(tree: string): string[] {
  try {
    return readdirSync(tree, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((folder) => !isNobodys(relative(tree, folder)))
  } catch {
    // It has gone while it was read, and is heard of when it is back.
    return []
  }
}
