import { quote } from '../../../core/shell-quote.ts'
import type { RunEvent } from '../../../run/schedule/events.ts'
import { painter } from '../../writing/paint.ts'
import type { ReporterContext } from '../reporter.ts'
import { describeSummary } from '../../text/summary.ts'
import type { PageData } from './data.ts'
import { htmlDocument } from './document.ts'
import { htmlText as text } from './escape.ts'
import { script } from './script/index.ts'
import { staticTable } from './static-table.ts'
import { style } from './style.ts'

/** The run that a page is about. */
interface PageRun {
  start: Extract<RunEvent, { type: 'start' }>
  end: Extract<RunEvent, { type: 'end' }>
  notices: readonly string[]
  /** Whose promises were held, and whose rules to them. */
  subject: { meshes: readonly string[]; sources: readonly string[] }
}

/** Sources that a header names; further ones are counted. */
const mostSources = 3

/** The whole document. Its policy allows its own style and script, by their hashes, and nothing from anywhere. */
export function page({ start, end, notices, subject }: PageRun, data: PageData, context: ReporterContext): string {
  const summary = describeSummary(end, start.checks, painter(false), context.path).split('\n')
  const { failed, errors } = end.summary
  const isGood = failed + errors === 0 && !end.interrupted && end.error === undefined
  const verdict = isGood
    ? 'Traffic goes where it should'
    : failed > 0
      ? 'Some traffic goes astray'
      : errors > 0
        ? 'Some checks could not be run'
        : 'The run did not finish'
  const environments = start.environments.map(
    ({ id, kernel, sandbox, image, iptables }) =>
      `${image ?? id}: ${sandbox}, kernel ${kernel}, ${Object.entries(iptables)
        .map(([backend, version]) => `iptables-${backend} ${version}`)
        .join(', ')}`,
  )
  return htmlDocument({
    title: `${isGood ? '✓' : '✕'} ${summary[0] ?? ''} – Sidetrack`,
    style,
    script: { data, text: script },
    body: `<a class="skip" href="#matrix">Skip to the matrix</a>
<header class="top">
<p class="brand">Sidetrack</p>
<h1><span class="mark ${isGood ? 'passed' : 'failed'}" aria-hidden="true">${isGood ? '✓' : '✕'}</span> ${verdict}</h1>
${summary.map((line) => `<p class="lead">${text(line).replace(/(\d) (?=m?s\b|min\b)/g, '$1\u00a0')}</p>`).join('\n')}
<dl class="subject">
<dt>Mesh</dt><dd>${text(meshOf(subject.meshes, context))}</dd>
<dt>Rules</dt><dd><code>${text(sourcesOf(subject.sources))}</code></dd>
<dt>Command</dt><dd><code>${text([context.program, ...start.command.map(quote)].join(' '))}</code></dd>
</dl>
<details class="about"><summary>About this run</summary>
<dl>
<dt>Started</dt><dd><time datetime="${start.startedAt.toISOString()}">${start.startedAt.toISOString().replace('T', ' ').replace(/\..*/, ' UTC')}</time></dd>
${environments.map((line) => `<dt>Where</dt><dd>${text(line)}</dd>`).join('\n')}
${notices.map((line) => `<dt>Notice</dt><dd>${text(line)}</dd>`).join('\n')}
</dl></details>
</header>
<main>
<section id="causes" aria-label="Causes" hidden></section>
<form class="filters" id="filters" role="search" aria-label="Filter checks" hidden></form>
<p class="shown" id="shown" role="status"></p>
<div id="matrix" tabindex="-1">${staticTable(data)}</div>
</main>
<dialog id="view" aria-labelledby="view-title"></dialog>`,
  })
}

/** The mesh with the release that was asked for; without one each scenario is held to the newest in its range. */
function meshOf(meshes: readonly string[], { carried }: ReporterContext): string {
  const at = carried.indexOf('--mesh')
  return at === -1 ? meshes.join(', ') : (carried[at + 1] ?? '')
}

function sourcesOf(sources: readonly string[]): string {
  const more = sources.length - mostSources
  return [...sources.slice(0, mostSources), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
