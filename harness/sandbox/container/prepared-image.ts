import type { Engine, EngineContainer } from '../engine/container-engine.ts'

/** Images that are other images with Node in them: 130 MB each. */
const repository = 'localhost/sidetrack/agent'
/** Its value is the name of the image that it was made of. */
const label = 'sidetrack.prepared'
/**
 * Seconds after which one that was made of an earlier image of that name, or with another Node, is not kept for
 * anybody.
 */
const longestKept = 24 * 60 * 60
/** What an earlier engine calls an image whose name another one has taken; a later one says nothing. */
const nameless = '<none>:<none>'

/** @returns what an image with a runtime in it is called. */
export function preparedName(key: string): string {
  return `${repository}:${key}`
}

/**
 * Keeps a container that has just been made, with Node in it, as an image for those to come. Outdated ones of the same
 * image go, and one whose name this one has taken: two that are started at the same time both make one.
 */
export async function keepPrepared(
  { container: { dockerode } }: Engine,
  made: EngineContainer,
  image: string,
  key: string,
  age = longestKept,
): Promise<void> {
  await made.commit({ repo: repository, tag: key, changes: `LABEL ${label}="${image}"` })
  const known = await dockerode.listImages({ filters: { label: [`${label}=${image}`] } })
  const outdated = known.filter(({ Created, RepoTags }) => {
    const names = (RepoTags ?? []).filter((name) => name !== nameless)
    return names.length === 0 || (Created <= Date.now() / 1000 - age && !names.includes(preparedName(key)))
  })
  // One that a container still has is not removed.
  await Promise.allSettled(outdated.map(({ Id }) => dockerode.getImage(Id).remove()))
}
