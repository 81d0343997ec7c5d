import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { familyOf } from '../core/address.ts'
import { inputError } from '../core/errors.ts'
import { fromCaller } from './caller.ts'

const address = v.pipe(
  v.string(),
  v.check((text) => familyOf(text) !== undefined, 'not an IP address'),
)

const schema = v.strictObject({
  schema: v.optional(v.literal('sidetrack.config/1')),
  mesh: v.optional(v.string()),
  config: v.optional(v.record(v.string(), v.unknown()), {}),
  podAnnotations: v.optional(v.record(v.string(), v.string()), {}),
  podIPs: v.optional(v.array(address)),
  family: v.optional(v.picklist(['ipv4', 'ipv6'])),
})

/** What `--config` says: `sidetrack.config/1` with its optional parts left out. */
export type ConfigInput = v.InferOutput<typeof schema>

/**
 * Reads `--config FILE`, or standard input for `-`.
 * @throws HarnessError (`input`) naming the file and the field.
 */
export async function readConfig(name: string | undefined): Promise<ConfigInput> {
  if (name === undefined) return { config: {}, podAnnotations: {} }
  const where = name === '-' ? 'standard input' : name
  const parsed = v.safeParse(schema, parseJson(where, await read(name)))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw inputError(
    where,
    `${v.getDotPath(issue) ?? 'config'}: ${issue.message}`,
    'fields are config, podAnnotations, podIPs, family, mesh and schema',
  )
}

async function read(name: string): Promise<string> {
  if (name === '-') return text(process.stdin)
  return readFile(fromCaller(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw inputError(name, error.code === 'ENOENT' ? 'no such file' : `cannot be read (${error.code})`)
  })
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw inputError(where, `is not JSON: ${(error as Error).message}`)
  }
}
