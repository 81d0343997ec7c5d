import { createHash } from 'node:crypto'
import { printable } from '../../writing/printable.ts'
import { htmlText } from './escape.ts'

/** What a page is made of; `body` is markup, in which every stranger's text has been escaped. */
export interface Document {
  title: string
  style: string
  body: string
  /** What its script reads, and the script. */
  script?: { data: unknown; text: string }
}

/**
 * A whole page that needs no other file and no network: its policy allows its own style and script, by their hashes,
 * and nothing from anywhere.
 */
export function htmlDocument({ title, style, body, script }: Document): string {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    ...(script === undefined ? [] : [`script-src '${hashOf(script.text)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const scripts =
    script === undefined
      ? ''
      : `<script type="application/json" id="data">${embedded(script.data)}</script>\n<script>${script.text}</script>\n`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${htmlText(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${scripts}</body>
</html>
`
}

/** No `<` in it, so that nothing in it can end the element it stands in. */
function embedded(data: unknown): string {
  return JSON.stringify(data, (_, value) => (typeof value === 'string' ? printable(value) : value)).replaceAll(
    '<',
    '\\u003c',
  )
}

function hashOf(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}
