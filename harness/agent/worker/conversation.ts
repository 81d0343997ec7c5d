import { Socket } from 'node:net'
import type { ProbeSpec } from './protocol.ts'

const patienceMilliseconds = 3_000

/**
 * Talks over a connected socket, which it takes over, and closes it.
 * @returns what was heard: the banner, or the body of the HTTP answer.
 * @throws Error if the other end hangs up, or says nothing for too long.
 */
export async function converse({ conversation, destination }: ProbeSpec, fd: number): Promise<string> {
  const socket = new Socket({ fd })
  try {
    return await (conversation === 'http' ? askHttp(socket, destination.port) : hearBanner(socket))
  } finally {
    socket.resetAndDestroy()
  }
}

async function askHttp(socket: Socket, port: number): Promise<string> {
  const { Client } = await import('undici')
  const client = new Client(`http://localhost:${port}`, {
    // Not at once: the client is not ready to be called back while it is still asking.
    connect: (_options, done) => void setImmediate(() => done(null, socket)),
    headersTimeout: patienceMilliseconds,
    bodyTimeout: patienceMilliseconds,
  })
  try {
    const { statusCode, body } = await client.request({ path: '/', method: 'GET' })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`HTTP status ${statusCode}`)
    return text.trim()
  } finally {
    await client.destroy()
  }
}

function hearBanner(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(patienceMilliseconds, () => reject(new Error('the server said nothing')))
    socket.once('data', (data) => resolve(data.toString('utf8').trim()))
    socket.once('end', () => reject(new Error('the server hung up')))
    socket.once('error', reject)
  })
}
