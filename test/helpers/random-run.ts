const ordinarySeed = 20_261_122

/**
 * How long a random test is, and where its chance begins. The ordinary test is the same every time. A long run, with
 * `NAME_CASES` in the environment, looks for what is new; `NAME_SEED` beside it shows a run that failed once more.
 */
export function randomRun(name: string, ordinaryCases: number): { cases: number; seed: number } {
  const { [`${name}_CASES`]: cases, [`${name}_SEED`]: seed } = process.env
  const anySeed = cases === undefined ? ordinarySeed : Date.now() % 1_000_000_000
  return { cases: Number(cases ?? ordinaryCases), seed: Number(seed ?? anySeed) }
}
