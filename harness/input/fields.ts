import * as v from 'valibot'
import { nearestName } from './nearest-name.ts'

type Entries = Readonly<Record<string, v.GenericSchema>>

/** One of a few words. */
export function words<const T extends readonly string[]>(known: T) {
  return v.picklist(known, ({ input }) => `${shown(input)} is none of ${known.join(', ')}${nearestTo(input, known)}`)
}

/** This word alone, such as the name of a format. */
export function word<const T extends string>(known: T) {
  return v.literal(known, ({ input }) => `${shown(input)} is not ${known}`)
}

/** A whole number within these bounds. */
export function whole(least: number, most: number) {
  const message = ({ input }: { input: unknown }): string =>
    `${shown(input)} is not a whole number from ${least} to ${most}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
}

export const port = whole(1, 65_535)
/** A UID or GID; the highest one means "leave it" to the kernel (setresuid(2)). */
export const id = whole(0, 0xffff_fffe)
/** Milliseconds, of a day at most. */
export const timeout = whole(1, 86_400_000)
export const text = v.string(({ input }) => `${shown(input)} is no text`)
export const yesOrNo = v.boolean(({ input }) => `${shown(input)} is neither true nor false`)
/**
 * As the kernel takes it for a link of ours (dev_valid_name, sysctl_dev_name_is_allowed); a colon would end it in an
 * endpoint.
 */
export const interfaceName = v.pipe(
  text,
  v.regex(
    /^(?!all$|default$)(?!\.{1,2}$)(?!.*[/:%])[!-~]{1,15}$/,
    ({ input }) => `not an interface name: ${shown(input)}`,
  ),
)

export function list<T extends v.GenericSchema>(of: T) {
  return v.array(of, ({ input }) => `${shown(input)} is no list`)
}

/** An object with these fields and no others. @param noun what a field of it is called. */
export function object<T extends Entries>(entries: T, noun = 'field') {
  const names = Object.keys(entries)
  return v.pipe(
    v.custom<object>(isObject, ({ input }) => `${shown(input)} is no object; its ${noun}s are ${names.join(', ')}`),
    v.looseObject(entries, 'is missing'),
    v.rawCheck(({ dataset: { value }, addIssue }) => {
      if (!isObject(value)) return
      for (const key of Object.keys(value).filter((name) => !Object.hasOwn(entries, name)))
        addIssue({
          message: unknownName(noun, key, names),
          path: [{ type: 'object', origin: 'key', input: value as never, key, value: undefined }],
        })
    }),
  )
}

/** Whatever is one object with names of its own: no list, no function. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** All that is wrong with a value, as `field: what`. What is missing because its name is misspelt is told once. */
export function problemsOf(schema: v.GenericSchema, value: unknown): string[] {
  return problemsAt(schema, value).map(({ text }) => text)
}

/** The same with the keys that lead to the place, the outermost first. */
export function problemsAt(schema: v.GenericSchema, value: unknown): { keys: readonly unknown[]; text: string }[] {
  const found = v.safeParse(schema, value).issues ?? []
  const proposed = new Set(
    found.flatMap((issue) => (issue.type === 'raw_check' ? `${parentOf(issue)}${proposalIn(issue.message)}` : [])),
  )
  const told = found.flatMap((issue) => {
    const field = v.getDotPath(issue)
    const keys = (issue.path ?? []).map(({ key }) => key)
    if (issue.type === 'loose_object' && proposed.has(`${field}`)) return []
    if (issue.message.startsWith(noSuchFieldOf(issue))) return { keys, text: `${parentOf(issue)}${issue.message}` }
    const at = issue.path?.at(-1)?.origin === 'key' && issue.type === 'raw_check' ? parentOf(issue).slice(0, -1) : field
    const prefix = at ? `${at}: ` : ''
    return { keys, text: `${prefix}${issue.message}` }
  })
  // A number may be neither whole nor within its bounds, which is one message.
  return [...new Map(told.toReversed().map((one) => [one.text, one])).values()].reverse()
}

function noSuchFieldOf(issue: v.BaseIssue<unknown>): string {
  return `${String(issue.path?.at(-1)?.key).slice(0, 60)}: no such field`
}

function parentOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? [])
    .slice(0, -1)
    .map(({ key }) => `${String(key)}.`)
    .join('')
}

function proposalIn(message: string): string {
  return /did you mean '([^']+)'\?$/.exec(message)?.[1] ?? ''
}

/**
 * `familys: no such field, did you mean 'families'?`, or `unknown option 'serverfirst', did you mean 'serverFirst'?`
 */
export function unknownName(noun: string, name: string, known: readonly string[]): string {
  const proposal = nearestTo(name, known) || `; ${noun}s are ${known.join(', ')}`
  return noun === 'field'
    ? `${name.slice(0, 60)}: no such field${proposal}`
    : `unknown ${noun} ${shown(name)}${proposal}`
}

function nearestTo(name: unknown, known: readonly string[]): string {
  const nearest = typeof name === 'string' ? nearestName(name, known) : undefined
  return nearest === undefined ? '' : `, did you mean '${nearest}'?`
}

/** A value as messages have it, however long or strange it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  return value === undefined ? 'nothing' : String(value).slice(0, 60)
}
