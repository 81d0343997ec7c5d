import { join } from 'node:path'
import t from 'tap'
import { isBugFile } from '../../harness/scenario/bugs/load-bugs.ts'
import { scenarioFiles } from '../../harness/scenario/load.ts'
import { resident } from './resident.ts'

t.test('list --bugs has each bug with what has become of it, and the scenarios that reports have led to', async (t) => {
  const { status, stdout, stderr } = resident(['list', '--bugs'])
  t.match({ status, stderr }, { status: 0, stderr: '' })
  t.match(stdout, /^bugs\/osm-self-call {2}fixed by openservicemesh\/osm#4411 {2}openservicemesh\/osm#4340$/m)
  t.match(stdout, /^ {4}proxy-tcp-pod:8080 {2}broken direct, right redirected to the proxy's inbound listener$/m)
  t.match(stdout, /^ {2}istio\/dns › .* {2}istio#33469$/m)
  t.match(stdout, /^\d\d bugs$/m)
})

t.test('one of them is named with bugs/ before it or not, and JSON has it whole', async (t) => {
  for (const name of ['bugs/osm-self-call', 'osm-self-call', 'scenarios/bugs/osm-self-call.yaml']) {
    const [first, ...more] = JSON.parse(resident(['list', '--bugs', '--json', name], { from: process.cwd() }).stdout)
    t.match(
      { first, more },
      {
        first: { name: 'osm-self-call', state: 'fixed', flows: [{ broken: { verdict: 'direct' } }, {}, {}] },
        more: [],
      },
      name,
    )
  }
  t.match(resident(['list', '--bugs', 'osm-self-cal']), {
    status: 2,
    stderr: /no bug file of that name; did you mean osm-self-call\?/,
  })
})

t.test('the corpus runs only when it is asked for', async (t) => {
  t.same((await scenarioFiles(join(import.meta.dirname, '../../scenarios'))).filter(isBugFile), [])
  t.match(resident(['run', 'scenarios/bugs/osm-self-call.yaml']), {
    status: 2,
    stderr: /is a bug file by its name; add --bugs/,
  })
})

t.test('nothing takes the place of what a bug file says', async (t) => {
  for (const option of [
    ['--mesh', 'osm'],
    ['--rules', 'osm'],
    ['--config', 'x'],
  ])
    t.match(resident(['run', '--bugs', ...option]), {
      status: 2,
      stderr: new RegExp(`${option[0]}: a bug file has its own mesh and rules`),
    })
})
