import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { exitCodes } from '../core/errors.ts'
import { ownReleases, toolImage, toolName } from '../sandbox/engine/own-images.ts'
import { thisNode } from '../sys/node/this-node.ts'
import { command } from './command/command.ts'

const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
const program = join(import.meta.dirname, `../../images/build.${extension}`)

/**
 * The recipe is a program of its own, beside the house: it knows distributions and their archives, and nothing of
 * rules.
 */
export const images = command({
  positionals: '[RELEASE...]',
  help: 'builds the images that --image names; with no name, all that can be had here',
  details: `RELEASE is one of ${Object.keys(ownReleases).join(', ')}, or '${toolName}' for an image that holds Sidetrack itself (${toolImage}). It takes a container engine and docker(1).`,
  options: {},
  async run({ positionals }) {
    const [file = '', ...args] = [...thisNode, program, ...positionals]
    const [code] = (await once(spawn(file, args, { stdio: 'inherit' }), 'close')) as [number | null]
    return code ?? exitCodes.sidetrack
  },
})
