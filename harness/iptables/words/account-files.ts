import { inputIssues, type Issue } from '../../core/errors.ts'
import { wholeNumber } from './c-numbers.ts'

/** Bytes that such a file may have: a directory of a hundred thousand accounts has a tenth of it. */
export const largestAccountFile = 64 * 1024 * 1024
const largestId = 0xffff_fffe

/**
 * The numbers of the accounts that an /etc/passwd or an /etc/group names: the third field of each line (passwd(5),
 * group(5)). Of two lines with one name the first counts, as to getpwnam(3).
 * @param file its absolute path, for messages.
 * @throws HarnessError (`input`) with all lines that are neither an account nor a comment.
 */
export function readAccounts(file: string, text: string, kind: 'passwd' | 'group'): ReadonlyMap<string, number> {
  const issues: Issue[] = []
  const known = accountsOf(text, (line) =>
    issues.push({
      file,
      line,
      what: `is no line of /etc/${kind}`,
      hint: kind === 'passwd' ? 'write NAME:x:UID:GID:::' : 'write NAME:x:GID:',
    }),
  )
  if (issues.length > 0) throw inputIssues(issues)
  return known
}

/**
 * The same of a file that nobody here can mend: what is no account is passed over, as the C libraries do.
 * @param pass hears of each line, from 1, that is neither an account nor a comment.
 */
export function accountsOf(text: string, pass: (line: number) => void = () => {}): ReadonlyMap<string, number> {
  const known = new Map<string, number>()
  for (const [index, line] of text.split('\n').entries()) {
    // Behind + and - stand directives for other sources of accounts (nsswitch.conf(5), compat).
    if (line.trim() === '' || /^\s*[#+-]/.test(line)) continue
    const [name = '', , number = '', ...more] = line.replace(/\r$/, '').split(':')
    const id = /^\d+$/.test(number) ? wholeNumber(number, largestId) : undefined
    if (name === '' || id === undefined || more.length === 0) pass(index + 1)
    else if (!known.has(name)) known.set(name, Number(id))
  }
  return known
}
