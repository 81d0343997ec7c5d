import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue } from '../../harness/findings/find-all.ts'

/** The page that says of every code what it means and what to do, as the catalogue has it. */
export const findingsPage = join(import.meta.dirname, '../../.github/docs/findings.md')

export function makeFindingsPage(): string {
  const sections = [...catalogue.values()].map(
    ({ code, severity, title, about, remedy }) =>
      `## ${code}\n\n**${severity}**: ${title}.\n\n${about}\n\nWhat to do: ${remedy}`,
  )
  return `${[head, ...sections].join('\n\n')}\n`
}

const head = `# Findings

What \`repro\` can find in a ruleset. Codes are stable. The severity is the usual one; what the mesh itself intends is only a note. With
\`--fail-on warning\`, \`repro\` ends with exit code 1 from a warning on; by default only from an error on. \`sidetrack findings CODE\` prints one of
them.`

if (import.meta.main) writeFileSync(findingsPage, makeFindingsPage())
