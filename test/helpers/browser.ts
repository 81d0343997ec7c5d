import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const browsers = [
  process.env['CHROME_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
const executablePath = browsers.find((path) => path !== '' && existsSync(path))

/** Why no page can be opened here; false where one can. */
export const skip = executablePath === undefined && 'no Chromium here: install chromium, or name one in CHROME_PATH'

/** A browser that asks nobody for anything. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND'],
  })

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What of a page some readers cannot use, a line each. */
export async function inaccessible(page: Page): Promise<string[]> {
  const { violations } = (await page.evaluate(`${axe};axe.run()`)) as {
    violations: { id: string; nodes: { html: string }[] }[]
  }
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}
