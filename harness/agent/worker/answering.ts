import type { Socket } from 'node:net'
import type { ListenerSpec } from './protocol.ts'

/** 0 is never (node:http). */
const timeless = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 }

/** What a listener that talks does with each connection; undefined for one that does not. */
export function answering({ conversation, at }: ListenerSpec): ((socket: Socket) => void) | undefined {
  if (conversation === undefined) return undefined
  if (conversation === 'server-first') return (socket) => void socket.write(`${at}\n`)
  return answeringHttp(at)
}

/**
 * Answers every request with who it is, as the proxy's admin, metrics and probe ports do. It has no clock, and leaves
 * it to whoever called to hang up: as long as the connection stands, the kernel says whether the answer has been heard.
 */
function answeringHttp(at: string): (socket: Socket) => void {
  // Importing node:http as an ES module looks at all its exports, and with them loads its WebSocket: 35 ms in place of
  // 1.
  const server = process.getBuiltinModule('node:http').createServer(timeless, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', server: at })
    response.end(`${at}\n`)
  })
  return (socket) => void server.emit('connection', socket)
}
