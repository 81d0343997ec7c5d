// Plain JavaScript, as the hooks that find our modules come before them.
import '../../sys/node/own-modules.js'

const loading = import('./compare-config.ts')

/**
 * What a thread of `Comparing` is asked.
 * @param {import('./compare-config.ts').ConfigQuestion} question
 */
export async function compare(question) {
  const { compareConfig } = await loading
  return compareConfig(question)
}
