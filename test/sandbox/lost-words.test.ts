import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { app, remote } from '../../harness/scenario/dsl.ts'
import { drive, type LiteralPod } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)

const data = '-p tcp --tcp-flags PSH PSH'
const http = { http: true } as const
const serverFirst = { serverFirst: true } as const
const lost = /^the two ends could not talk: what one of them said has been lost on the way to the other$/
const reset =
  /^the two ends could not talk: (read ECONNRESET|socket hang up|the connection has been reset to the one that is called)/
const fine = /^$/
const redirect = ['-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001']

/** Each flow arrives as expected; why its two ends have not talked. */
function words(title: string, pod: LiteralPod, ...whys: RegExp[]): void {
  t.test(title, async (t) => {
    for (const backend of backends) {
      const { flows } = await drive(sandbox, backend, pod)
      t.match(
        flows.map(({ unmet = '' }) => unmet),
        whys,
        backend,
      )
    }
  })
}

for (const [target, why] of [
  ['DROP', lost],
  ['REJECT', lost],
  ['REJECT --reject-with tcp-reset', reset],
] as const) {
  words(
    `rules that meet what is said in a connection with ${target}`,
    {
      ipv4: {
        filter: [`-A OUTPUT ${data} --dport 80 -j ${target}`, `-A INPUT ${data} -s 203.0.113.11/32 -j ${target}`],
      },
      flows: [
        app.tcp('203.0.113.10:80', http).isDirect(),
        app.tcp('203.0.113.11:81', http).isDirect(),
        app.tcp('203.0.113.11:82', serverFirst).isDirect(),
        app.tcp('203.0.113.12:81', http).isDirect(),
        app.tcp('203.0.113.12:82', serverFirst).isDirect(),
      ],
    },
    why,
    why,
    why,
    fine,
    fine,
  )
  words(
    `whatever was said before it met ${target}, to a listener and on from there`,
    {
      ipv4: {
        nat: redirect,
        filter: [
          `-A OUTPUT ${data} -d 203.0.113.10/32 -j ${target}`,
          `-A INPUT ${data} -s 203.0.113.11/32 -j ${target}`,
        ],
      },
      flows: [
        app.tcp('203.0.113.10:80', http).isRedirected('outbound'),
        app.tcp('203.0.113.11:80', http).isRedirected('outbound'),
        app.tcp('203.0.113.11:82', serverFirst).isRedirected('outbound'),
        app.tcp('203.0.113.12:80', http).isRedirected('outbound'),
      ],
    },
    why,
    why,
    why,
    fine,
  )
  words(
    `or from outside, at the pod's door: ${target}`,
    {
      ipv4: {
        filter: [`-A INPUT -i eth0 ${data} --dport 8080 -j ${target}`, `-A OUTPUT ${data} --sport 8081 -j ${target}`],
      },
      flows: [
        remote.tcp('pod:8080', http).isDirect({ answeredBy: 'app' }),
        remote.tcp('pod:8081', http).isDirect({ answeredBy: 'app' }),
      ],
    },
    why,
    why,
  )
}
