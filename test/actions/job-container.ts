import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Test } from 'tap'
import type { Machine } from './runner.ts'

const docker = (...args: readonly string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim()

/**
 * Starts a job's container as GitHub's runner does (its ContainerOperationProvider): it is kept alive by tail(1), has the
 * folder of all work at /__w and a home of its own, and each step is started in it by `docker exec`. It goes with the
 * test.
 * @param work the folder that has the checkout, and the runner's own files, below it. @param options as the workflow has
 *   them.
 */
export function startJobContainer(
  t: Test,
  image: string,
  options: string,
  work: string,
  workspace: string,
): Required<Machine>['container'] {
  const inside = (path: string): string => (path.startsWith(`${work}/`) ? join('/__w', relative(work, path)) : path)
  const home = join(work, '_temp/_github_home')
  mkdirSync(home, { recursive: true })
  const id = docker(
    'create',
    ...['--workdir', inside(workspace), '--network', 'none'],
    ...options.split(/\s+/).filter(Boolean),
    ...['-e', 'HOME=/github/home', '-e', 'GITHUB_ACTIONS=true', '-e', 'CI=true'],
    ...['-v', `${work}:/__w`, '-v', `${home}:/github/home`],
    ...['--entrypoint', 'tail', image, '-f', '/dev/null'],
  )
  t.teardown(() => docker('rm', '--force', id))
  docker('start', id)
  return {
    inside,
    command: (env) => [
      ...['docker', 'exec', '-i', '--workdir', inside(workspace)],
      ...Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
      id,
    ],
  }
}
