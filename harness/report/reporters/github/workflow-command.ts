import { printable } from '../../writing/printable.ts'

/** What GitHub shows a message as. */
export type AnnotationLevel = 'notice' | 'warning' | 'error'

/** `::error name=value,…::message` */
export function workflowCommand(
  level: AnnotationLevel,
  properties: Readonly<Record<string, string | number>>,
  message: string,
): string {
  const named = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(printable(String(value)))}`)
  return `::${level} ${named.join(',')}::${escapeData(printable(message))}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
