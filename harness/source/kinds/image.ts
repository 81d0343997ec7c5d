import { inputError } from '../../core/errors.ts'
import { accountsOf } from '../../iptables/words/account-files.ts'
import { type AccountBooks, type AccountOptions, withAccounts } from '../rules/accounts.ts'
import { type BuilderLimits, builderLimits, builderSource } from './builder.ts'
import { splitCommand } from './command-words.ts'
import type { RuleSource } from '../rules/source.ts'

/** Nothing has to be compiled before its first answer. */
const imageLimits: BuilderLimits = { timeout: builderLimits.timeout, maxBuffer: builderLimits.maxBuffer }

/**
 * The rules that a builder in an image prints: it runs in a container without network and without any privilege.
 * @param command the image's name, and arguments for its entry point.
 * Names of users and groups in them are those of the image, as they are to iptables in it.
 * @param options what the caller says of such names, and `limits` for tests.
 * @throws HarnessError (`input`) if the command cannot be split.
 */
export function imageSource(
  id: string,
  command: string,
  { accounts = {}, limits = imageLimits }: { accounts?: AccountOptions; limits?: BuilderLimits } = {},
): RuleSource {
  const [image, ...args] = splitCommand(id, command)
  if (image === undefined) throw inputError(id, 'names no image', "write 'image:NAME ARGS'")
  const run: Parameters<typeof builderSource>[1] = async (input, within, signal) => {
    const { runImage } = await import('../../sandbox/engine/run-image.ts')
    return runImage(image, args, { input, ...within, ...(signal && { signal }) })
  }
  const source = builderSource(id, run, limits)
  // iptables in the image refuses a rule with a name that it does not know.
  return withAccounts(source, () => accountsIn(image), { given: accounts.given ?? {} })
}

/**
 * /etc/passwd and /etc/group of an image, of which nothing runs for that.
 * @throws HarnessError (`machine`) if they cannot be had.
 */
async function accountsIn(image: string): Promise<AccountBooks> {
  const { imageFiles } = await import('../../sandbox/engine/image-files.ts')
  const [passwd = '', group = ''] = await imageFiles(image, ['/etc/passwd', '/etc/group'])
  return {
    uid: [{ where: `/etc/passwd of image:${image}`, ids: accountsOf(passwd) }],
    gid: [{ where: `/etc/group of image:${image}`, ids: accountsOf(group) }],
  }
}
