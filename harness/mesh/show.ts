/** How a value of a mesh's config is shown in a message: as JSON has it, on one line, and short. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
