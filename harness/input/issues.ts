import { type Issue, inputIssues } from '../core/errors.ts'

/** More than anybody mends at once, and no more than a hostile file can be let fill memory with. */
const most = 1000
const longest = 400

let collected: Issue[] | undefined

/**
 * Says that something in a scenario file does not fit. While files are loaded it is kept, and the file goes on, so that
 * all of it is known at once.
 * @throws HarnessError (`input`) at any other time.
 */
export function complain(at: Pick<Issue, 'file' | 'line' | 'column'>, what: string, hint?: string): void {
  const issue: Issue = {
    ...at,
    what: what.length > longest ? `${what.slice(0, longest)}…` : what,
    ...(hint !== undefined && { hint }),
  }
  if (collected === undefined) throw inputIssues([issue])
  if (collected.length < most) collected.push(issue)
}

/** Loads files. @returns what is wrong with them beside what loading returns. */
export async function collectIssues<T>(load: () => Promise<T>): Promise<{ value: T; issues: readonly Issue[] }> {
  const issues: Issue[] = []
  collected = issues
  try {
    return { value: await load(), issues }
  } finally {
    collected = undefined
  }
}

/** What has been collected by now, for whoever cannot wait for the end. */
export function issuesSoFar(): readonly Issue[] {
  return collected ?? []
}

/**
 * Stands for what could not be made of something wrong: whatever is asked of it gives itself, so that one mistake is
 * told once. It is nobody's `then`, or an await would never end.
 */
export const unusable: never = new Proxy(() => {}, {
  get: (_target, name) => (typeof name === 'symbol' || name === 'then' || name === 'toJSON' ? undefined : unusable),
  apply: () => unusable,
}) as never
