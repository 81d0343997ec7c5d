import { inputError } from '../core/errors.ts'
import { builderLimits, builderSource } from './builder.ts'
import { splitCommand } from './command-words.ts'
import type { RuleSource } from './source.ts'

/**
 * The rules that a builder in an image prints: it runs in a container without network and without any privilege.
 * @param command the image's name, and arguments for its entry point.
 * @param limits for tests.
 * @throws HarnessError (`input`) if the command cannot be split.
 */
export function imageSource(id: string, command: string, limits = builderLimits): RuleSource {
  const [image, ...args] = splitCommand(id, command)
  if (image === undefined) throw inputError(id, 'names no image', "write 'image:NAME ARGS'")
  const source = builderSource(id, async (input, signal) => {
    const { runImage } = await import('../sandbox/engine/run-image.ts')
    return runImage(image, args, { input, ...limits, ...(signal && { signal }) })
  })
  return {
    ...source,
    async accounts() {
      const { imageFiles } = await import('../sandbox/engine/image-files.ts')
      const [passwd, group] = await imageFiles(image, ['/etc/passwd', '/etc/group'])
      return { passwd, group }
    },
  }
}
