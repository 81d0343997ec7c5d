/**
 * What a pattern over ids means: `*` is any run of characters within a part, `**` any run at all, `?` one character;
 * everything else, brackets and braces too, is itself, since IPv6 addresses stand in ids.
 */
export function globExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*+|\?)/).map((part) => {
    if (part === '?') return '[^/]'
    return part.startsWith('*') ? (part.length > 1 ? '.*' : '[^/]*') : RegExp.escape(part)
  })
  return new RegExp(`^${parts.join('')}$`, 's')
}
