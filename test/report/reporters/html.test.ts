import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import type { MatchedRule } from '../../../harness/flow/matched-rule.ts'
import { html } from '../../../harness/report/reporters/html/html.ts'
import { inaccessible, launch, skip } from '../../helpers/browser.ts'
import { end, events, failed, natRule, nearMisses, passed, start, written } from '../example.ts'

const jump = natRule(1, '-A OUTPUT -p tcp -j OUT')
const redirect: MatchedRule = {
  ...jump,
  chain: 'OUT',
  rule: 4,
  text: '-A OUT -p tcp -j REDIRECT --to-ports 15001',
  target: 'REDIRECT',
}
const spared: MatchedRule = {
  ...jump,
  chain: 'OUT',
  rule: 2,
  text: '-A OUT -p tcp --dport 6379 -j RETURN',
  target: 'RETURN',
}
const hostile = '</script><script>document.title="caught"</script><!--<img src=x onerror=alert(1)>'
const astray = {
  ...failed,
  reason: hostile,
  nearMisses: { ...nearMisses, rules: [...nearMisses.rules, { ...nearMisses.rules[0], asks: hostile }] },
  check: { ...failed.check, id: `${failed.check.id}/${hostile}`, family: 'ipv6' as const },
  predicted: passed.observed,
  decidedBy: { observed: [jump, redirect], predicted: [jump, spared], divergesAt: 1 },
}
/** The same flow once more, as of a run that repeats its checks, and reported before the others. */
const again = { ...passed, check: { ...passed.check, backend: 'legacy' as const } }
const file = '/checkout/scenarios/osm/alone.ts'
const elsewhere = {
  ...passed,
  check: {
    ...passed.check,
    id: 'osm/alone/all-well',
    scenario: { ...passed.check.scenario, location: { file, line: 1 } },
  },
}
const text = written(html, events(elsewhere, again, passed, passed, astray as typeof failed))

t.test('the file asks for nothing from anywhere and lets no text become markup', async (t) => {
  t.match(text, "default-src 'none'")
  t.notMatch(text, /(src|href)="(?!#)/, 'no element names an address')
  t.notMatch(text, hostile)
  t.equal(text.match(/<\/script>/g)?.length, 2, 'only its own two scripts end')
  t.match(
    text,
    /<td>2 of 2<\/td>.*<td>0 of 1, 1 failed<\/td>.*<td>1 of 1<\/td>/,
    'without scripts there is a plain table',
  )
  const named = written(html, [{ ...start, command: ['run', '--grep', hostile] } as typeof start, end])
  t.match(
    named,
    `--grep &#39;${hostile.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')}&#39;</code>`,
  )
  t.match(text, /"columns":\["nft ipv4","nft ipv6","legacy ipv4"\]/, 'whichever ended first')
})

t.test('in a browser', { skip, timeout: 120_000 }, async (t) => {
  const file = join(t.testdir(), 'report.html')
  writeFileSync(file, text)
  const url = pathToFileURL(file).href
  const browser = await launch()
  t.teardown(() => browser.close())
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      const page = await browser.newPage({
        viewport: { width, height: 844 },
        colorScheme,
        reducedMotion: 'reduce',
        offline: true,
        permissions: ['clipboard-read', 'clipboard-write'],
      })
      const asked: string[] = []
      const errors: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      page.on('pageerror', (error) => errors.push(error.message))
      await page.goto(url)
      const where = `${colorScheme}, ${width} px`
      const links = page.locator('a.verdict')
      t.equal(await links.count(), 1, `${where}: where something failed, what passed is folded`)
      t.match(await page.locator('#shown').textContent(), '1 of 5 checks; not ticked, so not shown: 4 passed')
      t.match(
        await page.locator('.subject').textContent(),
        /Mesh\s*osm\s*Rules\s*osm@1.2\s*Command\s*npm run -s sidetrack -- run/,
      )
      const cause = page.locator('.cause')
      t.equal(await cause.count(), 1)
      t.match(
        await cause.locator('summary').textContent(),
        /FAILED\s*1 check\s*nat OUT rule 4 decides, and not as promised/,
      )
      t.match(await cause.locator('.facts').textContent(), 'decided bynat OUT rule 4')
      t.equal(
        await cause.locator('.flows a').getAttribute('href'),
        await links.first().getAttribute('href'),
        'and leads to the check',
      )
      const height = await page.evaluate('document.documentElement.scrollHeight')
      t.ok(Number(height) < 2500, `${where}: ${height} px high`)
      await page.getByRole('checkbox', { name: '4 passed' }).check()
      t.equal(await links.count(), 5, `${where}: each check is in the matrix`)
      t.match(
        await page.locator('.file .name').first().textContent(),
        /^osm\/exclusions/,
        'where something failed comes first',
      )
      t.match(await links.nth(2).textContent(), /outbound\s+not direct/, 'what was expected stands beside what was')
      await page.getByRole('checkbox', { name: '1 failed' }).uncheck()
      t.equal(await page.locator('a.verdict.failed').count(), 0, `${where}: what is not ticked is not shown`)
      await page.getByRole('checkbox', { name: '4 passed' }).uncheck()
      t.equal(await links.count(), 0, `${where}: nothing ticked, nothing shown`)
      await page.getByRole('checkbox', { name: '1 failed' }).check()
      t.equal(await links.count(), 1, `${where}: the filter leaves the failure`)
      t.same(await inaccessible(page), [], `${where}: accessible matrix`)
      await links.first().focus()
      await page.keyboard.press('Enter')
      await page.waitForSelector('#picture svg')
      const svg = page.getByRole('img', { name: /The path of/ })
      t.match(await svg.textContent(), /◆ decides.*OUT · rule 4 → REDIRECT/)
      t.match(await svg.textContent(), /here prediction and observation part/)
      t.match(await svg.textContent(), /✕ expected here/)
      const changes = page.locator('dialog .changes')
      t.match(await page.locator('dialog').textContent(), 'What would change it')
      t.match(await changes.locator('dt').first().textContent(), 'nat OUT rule 3: -p tcp --dport 6380 -j RETURN')
      t.match(
        await changes.locator('dd').first().textContent(),
        /^it asks for --dport 6380, and the flow has 6379; had that matched, the peer /,
      )
      t.match(await changes.locator('dd').nth(1).textContent(), hostile)
      t.match(
        await changes.locator('+ p').textContent(),
        '… and 2 more rules that failed on one condition were not looked into',
      )
      t.same(await inaccessible(page), [], `${where}: accessible check`)
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${where}: no scrolling sideways`)
      t.match(page.url(), /#osm/, 'the check has an address')
      await page.reload()
      t.equal(await page.locator('dialog[open] #picture svg').count(), 1, 'which opens it again')
      const address = page.url()
      for (const [name, copied] of [
        ['Copy the command', /^npm run -s sidetrack -- run scenarios\/osm\/exclusions\.ts/],
        ['Copy the deciding rule', /^-A OUT -p tcp -j REDIRECT --to-ports 15001$/],
        ['Copy the link', /^file:.*#osm/],
      ] as const) {
        const button = page.locator('dialog .copy', { hasText: name })
        const handle = await button.elementHandle()
        await button.click()
        await page.waitForFunction((element) => element?.textContent === 'Copied', handle)
        t.match(await page.evaluate('navigator.clipboard.readText()'), copied)
      }
      await page.keyboard.press('Escape')
      await page.getByRole('checkbox', { name: '4 passed' }).check()
      await page.goto(address)
      await page.waitForSelector('dialog[open]')
      await page.keyboard.press('ArrowRight')
      await page.waitForURL((next) => next.href !== address)
      t.pass('the next one')
      await page.goto(`${url}#${encodeURIComponent(passed.check.id)}`)
      await page.getByRole('button', { name: 'Next check' }).click()
      await page.waitForURL(/~2$/)
      t.pass('a repetition has an address of its own')
      await page.keyboard.press('Escape')
      t.equal(await page.locator('dialog[open]').count(), 0)
      t.same(new Set(asked), new Set([url]), `${where}: nothing else was asked for`)
      t.same(errors, [])
      t.match(await page.title(), 'Sidetrack')
      await page.close()
    }
  }
})
