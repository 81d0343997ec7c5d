import { HarnessError } from '../../core/errors.ts'

/** What an Envoy says of itself (`/server_info` of its admin interface). */
export interface ServerInfo {
  version: string
  state: string
}

/** @param path the UNIX socket that the admin interface listens on. */
export async function askServerInfo(path: string): Promise<ServerInfo> {
  const { Client } = await import('undici')
  const client = new Client('http://localhost', { socketPath: path })
  try {
    const { statusCode, body } = await client.request({ path: '/server_info', method: 'GET' })
    if (statusCode !== 200) throw new HarnessError('sidetrack', `Envoy's admin interface answers with status ${statusCode}`)
    return (await body.json()) as ServerInfo
  } finally {
    await client.destroy()
  }
}
