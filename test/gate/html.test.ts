import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { gatePage } from '../../harness/gate/reporters/html/html.ts'
import { inaccessible, launch, skip } from '../helpers/browser.ts'
import { hostile, report } from './example.ts'

const text = gatePage(report)

t.test('both paths side by side in words, without scripts, and nothing of a stranger runs', async (t) => {
  t.match(text, /<dt>baseline<\/dt><dd>redirected to outbound, then peer<\/dd>/)
  t.match(
    text,
    /<li class="lit"><span>nat OUT rule 1, from OUTPUT<\/span> <code>-A OUT -p tcp -j RETURN<\/code> <em>decides<\/em>/,
  )
  t.match(
    text,
    /<div class="come"><span class="number">4<\/span><span class="sign">\+<\/span><code>nat -A OUT -p tcp -j RETURN/,
  )
  t.match(
    text,
    /aria-label="Flows by what becomes of them"><li class="badge failed">2 opened<\/li><li class="badge failed">1 closed/,
  )
  t.notMatch(text, hostile)
  t.equal(text.match(/<\/script>/g)?.length, 2, 'only its own two scripts end')
  t.match(text, "default-src 'none'")
})

t.test('in a browser both paths are drawn', { skip, timeout: 120_000 }, async (t) => {
  const file = join(t.testdir(), 'gate.html')
  writeFileSync(file, text)
  const url = pathToFileURL(file).href
  const browser = await launch()
  t.teardown(() => browser.close())
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const) {
    const page = await browser.newPage({ viewport: { width, height: 844 }, colorScheme, offline: true })
    const [asked, errors]: [string[], string[]] = [[], []]
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(url)
    const pictures = page.getByRole('img', { name: /Both paths of/ })
    t.equal(await pictures.count(), 2, 'those of the first cause')
    const drawn = await pictures.first().textContent()
    t.match(drawn, 'here baseline and candidate part')
    t.match(drawn, /◆ decides.*OUT · rule 2 → REDIRECT.*◆ decides.*OUT · rule 1 → RETURN/)
    const [was, is] = await Promise.all(
      ['baseline', 'candidate'].map((side) => pictures.first().locator(`path.track.${side}`).last().boundingBox()),
    )
    t.equal((is?.x ?? 0) > (was?.x ?? 0) + 200, width > 1000, 'side by side where there is room')
    await page.locator('.cause').nth(1).locator('summary').first().click()
    await pictures.nth(2).waitFor()
    t.equal(await page.locator('.words[open]').count(), 0, 'the words are folded where there is a picture')
    t.same(await inaccessible(page), [], `${colorScheme}, ${width} px: accessible`)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, 'no scrolling sideways')
    t.same([new Set(asked), errors], [new Set([url]), []])
    await page.close()
  }
})
