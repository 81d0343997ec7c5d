import { HarnessError } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { EndedInitContainer, InitContainer } from '../../flow/init-container.ts'
import type { Engine } from '../engine/container-engine.ts'
import { runForeign } from '../engine/foreign-container.ts'

/** An iptables that loads a thousand ranges takes a few seconds; one that waits for a lock is not waited for. */
const limits = { input: '', timeout: 60_000, maxBuffer: 1024 * 1024 }
/** What containerd gives a container that it could not start (pkg/cri: errorStartExitCode, errorStartReason). */
const startError = { reason: 'StartError', exitCode: 128 } as const

const label = 'sidetrack.init'

/** An image that applies rules. */
export interface InitImage {
  /** As the user named it. */
  name: string
  id: string
}

/**
 * Runs an init container in a pod, as the kubelet does: it joins the pod's network namespace and has the user and
 * capabilities that its mesh gives it, beside those of the container runtime.
 * @param pod the container whose network namespace is the pod.
 * @throws HarnessError (`machine`) if the engine refuses what the mesh asks for, or the container does not end.
 */
export async function runInitContainer(
  engine: Engine,
  { name: image, id }: InitImage,
  { name, command, args, env, securityContext }: InitContainer,
  pod: string,
): Promise<EndedInitContainer> {
  const { privileged = false, runAsUser, capabilities: { add = [], drop = [] } = {} } = securityContext
  const options = {
    Image: id,
    ...(command.length > 0 && { Entrypoint: [...command] }),
    Cmd: [...args],
    Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    ...(runAsUser !== undefined && { User: `${runAsUser}` }),
    HostConfig: { NetworkMode: `container:${pod}`, CapAdd: [...add], CapDrop: [...drop], Privileged: privileged },
  }
  const {
    exitCode,
    stdout: log,
    failure,
    notStarted,
  } = await runForeign(engine, label, image, options, limits, 'together')
  if (notStarted && privileged) {
    const hint = "leave that out of the mesh's config, or take an engine that grants it"
    throw new HarnessError('machine', `the container engine refuses a privileged init container: ${failure}`, { hint })
  }
  if (notStarted) return { name, image, ...startError, log: `${failure}\n` }
  if (exitCode === undefined)
    throw new HarnessError('rules', `the init container ${name} (${image}) does not end: ${failure}`)
  return { name, image, reason: exitCode === 0 ? 'Completed' : 'Error', exitCode, log }
}

/**
 * Asks an init image which iptables it has.
 * @throws HarnessError (`machine`) if there is none that starts.
 */
export async function iptablesOf(
  engine: Engine,
  { name, id }: InitImage,
): Promise<{ backend: Backend; version: string }> {
  const options = {
    Image: id,
    Entrypoint: ['iptables'],
    Cmd: ['--version'],
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none' },
  }
  const { exitCode, stdout, failure } = await runForeign(engine, label, name, options, limits, 'together')
  const [, version, variant] = /^iptables v(\d[\d.]*)(?: \((\w+)\))?/m.exec(stdout) ?? []
  if (exitCode === 0 && version !== undefined) return { backend: variant === 'nf_tables' ? 'nft' : 'legacy', version }
  const said = (failure ?? stdout).trim().split('\n')[0] || `exit code ${exitCode}`
  throw new HarnessError('machine', `the init image '${name}' has no iptables that starts: ${said}`)
}
