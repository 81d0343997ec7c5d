import { inputError } from '../../core/errors.ts'
import type { Finished } from '../../sys/processes/exec.ts'
import { findImage } from './container-image.ts'
import { runForeign } from './foreign-container.ts'
import { openEngine } from './open-engine.ts'
import type { Limits } from './run-container.ts'

/** If the image names no user, the program does not run as root. */
const nobody = '65534:65534'

/**
 * Runs an image's entry point to its end: no network, no capability, and nothing it could write. The image is never
 * pulled.
 * @throws HarnessError: `machine` if there is no engine or no such image, `input` if nobody says what is to run.
 */
export async function runImage(image: string, args: readonly string[], limits: Limits): Promise<Finished> {
  const engine = await openEngine()
  const id = await findImage(engine, image)
  const { Config } = await engine.container.dockerode.getImage(id).inspect()
  const [program] = [...args, ...[Config.Entrypoint ?? [], Config.Cmd ?? []].flat()]
  if (program === undefined)
    throw inputError(`image:${image}`, 'the image names no program of its own', "write 'image:NAME PROGRAM ARGS'")
  const options = {
    Image: id,
    User: Config.User || nobody,
    ...(args.length > 0 && { Cmd: [...args] }),
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,size=64m' },
    },
  }
  return runForeign(engine, 'sidetrack.builder', image, options, limits)
}
