import { sep } from 'node:path'
import type { Touched } from '../../run/checks/options.ts'
import type { LoadedFile } from '../../scenario/load.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { loadApart } from '../scenario-process/load.ts'

/**
 * Scenario files as they were loaded last. Each is loaded again only once it, or something that it is made from, is
 * saved; what has been loaded, or saved, since a run was last done is to be run.
 */
export class KnownFiles {
  readonly #loaded = new Map<string, LoadedFile>()
  readonly #imports = new Map<string, readonly string[]>()
  readonly #reads = new Set<string>()
  /** The round in which a scenario was loaded, or a file saved. */
  readonly #since = new Map<Scenario | string, number>()
  #round = 0
  #done = -1
  #all = 0

  /** Everything that is loaded, or that files are made from; absolute. */
  get sources(): ReadonlySet<string> {
    return new Set([
      ...this.#loaded.keys(),
      ...this.#imports.keys(),
      ...[...this.#imports.values()].flat(),
      ...this.#reads,
    ])
  }

  /** Another round: these files and folders are saved. @param all whether they touch everything. */
  begin(saved: ReadonlySet<string>, all: boolean): void {
    this.#round += 1
    if (all) this.#all = this.#round
    for (const path of saved) this.#since.set(path, this.#round)
    const readAnew = [...this.#reads].some((file) => saved.has(file))
    for (const file of this.#loaded.keys())
      if (readAnew || this.#madeFrom(file).some((source) => isSaved(source, saved))) this.#loaded.delete(file)
  }

  /** The run of this round has come to its end. */
  done(): void {
    this.#done = this.#round
  }

  /** As `loadApart` does. */
  readonly load: typeof loadApart = async (files) => {
    const issues = []
    for (let batch = this.#missing(files); batch.length > 0; ) {
      const found = await loadApart(batch)
      for (const file of batch) this.#imports.delete(file)
      for (const [file, imported] of Object.entries(found.madeFrom.imports)) this.#imports.set(file, imported)
      for (const file of found.madeFrom.reads) this.#reads.add(file)
      // Whether a scenario is exported by another file shows only where both are loaded at once.
      const beside = batch.flatMap((file) => this.#madeFrom(file)).filter((file) => files.includes(file))
      const whole = [...new Set([...batch, ...beside])]
      if (whole.length > batch.length) {
        batch = whole
        continue
      }
      for (const one of found.files) {
        this.#loaded.set(one.file, one)
        for (const scenario of one.scenarios) this.#since.set(scenario, this.#round)
      }
      issues.push(...found.issues)
      break
    }
    const right = files.flatMap((file) => this.#loaded.get(file) ?? [])
    return { files: right, issues, madeFrom: { imports: Object.fromEntries(this.#imports), reads: [...this.#reads] } }
  }

  /** Whether a scenario is to run in this round. */
  readonly touched = (scenario: Scenario): Touched => {
    const since = Math.max(this.#since.get(scenario) ?? 0, this.#since.get(scenario.location.file) ?? 0)
    if (since === this.#round) return 'first'
    return since > this.#done || this.#all > this.#done ? 'too' : 'not'
  }

  #missing(files: readonly string[]): string[] {
    return files.filter((file) => !this.#loaded.has(file))
  }

  /** A file and all that it imports, or they do. */
  #madeFrom(file: string): string[] {
    const found = new Set([file])
    for (const one of found) for (const imported of this.#imports.get(one) ?? []) found.add(imported)
    return [...found]
  }
}

const isSaved = (file: string, saved: ReadonlySet<string>): boolean =>
  saved.has(file) || [...saved].some((folder) => file.startsWith(folder + sep))
