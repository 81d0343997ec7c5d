import { oneLine, printable } from './printable.ts'

/** Untrusted text in a line or table cell of Markdown: it cannot start markup, a mention, a link or a formula. */
export function code(text: string): string {
  return `<code>${visible(oneLine(text)).replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`)}</code>`
}

/** Untrusted text as a block that it cannot end. */
export function block(text: string): string {
  return `<pre>${visible(printable(text)).replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)}</pre>`
}

/** Characters that change the direction of what is around them are written out: a reader must see what is there. */
function visible(text: string): string {
  return text.replace(
    /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
