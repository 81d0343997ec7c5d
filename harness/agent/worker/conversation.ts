import type { Socket } from 'node:net'
import type { ProbeSpec } from './protocol.ts'

/**
 * Talks over a connected socket. It waits for as long as it takes: that nothing more can come is for whoever asks
 * everybody to find out (drive/settle.ts), and no clock of ours says anything of the rules.
 * @returns what was heard: the banner, or the body of the HTTP answer.
 * @throws Error if the other end hangs up.
 */
export function converse({ conversation, destination }: ProbeSpec, socket: Socket): Promise<string> {
  return conversation === 'http' ? askHttp(socket, destination.port) : hearBanner(socket)
}

function askHttp(socket: Socket, port: number): Promise<string> {
  // In the turn in which it is called, as everything here: whoever asks for news must not miss what is still being
  // loaded.
  const { request } = process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    // Who answers is to stay until the answer has been heard, so that its kernel says what has become of that.
    const headers = { connection: 'keep-alive' }
    const asked = request(
      { createConnection: () => socket, host: 'localhost', port, path: '/', method: 'GET', headers },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8')
        answer.on('data', (text: string) => {
          body += text
        })
        answer.once('error', reject)
        answer.once('end', () => {
          if (answer.statusCode === 200) resolve(body.trim())
          else reject(new Error(`HTTP status ${answer.statusCode}`))
        })
      },
    )
    asked.once('error', reject)
    asked.end()
  })
}

function hearBanner(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (data) => resolve(data.toString('utf8').trim()))
    socket.once('end', () => reject(new Error('the server hung up')))
    socket.once('error', reject)
  })
}
