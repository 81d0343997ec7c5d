import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { hasImage } from '../../harness/sandbox/engine/container-image.ts'
import { toolImage } from '../../harness/sandbox/engine/own-images.ts'
import { resident } from '../cli/resident.ts'
import { codeBlocks } from '../helpers/console-blocks.ts'
import { engineWith } from '../sandbox/engine.ts'
import { checkOut, commitsOf } from './calling-repository.ts'
import { startJobContainer } from './job-container.ts'
import { runJob, type Step } from './runner.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, '.github/docs/ci.md'), 'utf8')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const builder = readFileSync(join(root, 'test/builders/builder.sh'), 'utf8')

/** @returns why nothing can be tried here. */
async function lack(): Promise<string | undefined> {
  const engine = await engineWith([])
  if (typeof engine === 'string') return engine
  if (!(await hasImage(engine, toolImage))) return `no image of the tool on the engine: npm run images -- tool`
  return spawnSync('docker', ['version']).status === 0 ? undefined : "the client 'docker' does not reach the engine"
}

const why = await lack()
if (why === undefined) test()
else t.plan(0, why)

function test(): void {
  t.test('the workflow of the page runs a project and a gate in a job container', async (t) => {
    const work = t.testdir({ first: {} })
    resident(['init', '--mesh', 'osm'], { from: join(work, 'first') })
    const files = ['sidetrack.config.ts', 'scenarios/outbound.ts']
    const project = Object.fromEntries(files.map((name) => [name, readFileSync(join(work, 'first', name), 'utf8')]))
    const { origin, last } = commitsOf(work, [
      { ...project, builder },
      { builder: builder.replace(" '-A MESH_OUT -o lo -j RETURN'", '') },
    ])
    const workspace = join(work, 'user/user')
    checkOut(origin, last, workspace, 2)
    // The runner's user, whom the container does not know.
    execFileSync('chown', ['-R', '1001:1001', join(work, 'user')])
    const [code = ''] = codeBlocks(page, 'yaml').flatMap(({ code }) => (code.includes('container:') ? [code] : []))
    const { container, steps } = parse(code).jobs.sidetrack
    const [, ...own]: Step[] = steps
    const outcome = runJob(
      // But for how much it compares.
      own.map((step) => ({ ...step, run: step.run?.replace(' gate ', ' gate --configs generated=1 ') ?? '' })),
      {
        place: work,
        workspace,
        github: { sha: last, ref: 'refs/heads/main', event_name: 'push' },
        repositories: {},
        container: startJobContainer(t, toolImage, container.options, work, workspace),
      },
    )
    if (!t.equal(outcome.status, 'failure', 'the builder has changed')) t.comment(outcome.log)
    t.match(outcome.log, /4 checks, 4 passed, 0 failed/)
    t.match(outcome.log, `git:HEAD^ is `)
    t.match(outcome.summary, /4 checks, 4 passed[\s\S]*## Sidetrack gate: ❌/)
    t.match(outcome.annotations, [/^::error file=builder,/])
  })

  t.test('docker run of it is the command, with all rights that it takes and no more', async (t) => {
    const [, options = ''] = /docker run --rm (.*) IMAGE run/.exec(page) ?? []
    const run = (...args: readonly string[]) =>
      spawnSync('docker', ['run', '--rm', '--network', 'none', ...args], { encoding: 'utf8' })
    t.equal(run(toolImage, '--version').stdout, `${version}\n`)
    t.match(run(...options.split(' ').filter((word) => word !== '-v' && !word.includes('$')), toolImage, 'doctor'), {
      status: 0,
      stdout: /\niptables-nft: can run\niptables-legacy: can run\n/,
    })
    t.match(run(toolImage, 'doctor'), { status: 3, stdout: /CAP_DAC_READ_SEARCH, CAP_NET_ADMIN, CAP_SYS_ADMIN/ })
  })
}
