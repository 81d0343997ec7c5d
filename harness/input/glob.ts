/**
 * What a pattern over ids means: `*` is any run of characters within a part, `**` any run at all, `?` one character;
 * everything else, brackets and braces too, is itself, since IPv6 addresses stand in ids.
 * @param separator what parts are separated by.
 */
export function globExpression(pattern: string, separator: '/' | ' ' = '/'): RegExp {
  const within = `[^${separator}]`
  const parts = pattern.split(/(\*+|\?)/).map((part) => {
    if (part === '?') return within
    return part.startsWith('*') ? (part.length > 1 ? '.*' : `${within}*`) : RegExp.escape(part)
  })
  return new RegExp(`^${parts.join('')}$`, 's')
}
