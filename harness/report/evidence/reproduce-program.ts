import { basics } from './program/basics.ts'
import { main } from './program/main.ts'
import { network } from './program/network.ts'
import { sender } from './program/sender.ts'
import { servers } from './program/servers.ts'
import { watchers } from './program/watchers.ts'

/**
 * What `reproduce.sh` runs once its namespaces stand: opens what listened, sends the one flow, and says who got it.
 * Python, since it is what most machines have that can read SO_ORIGINAL_DST and become a UID. It shares no code with
 * the agent.
 */
export const reproduceProgram = [basics, network, servers, watchers, sender, main].join('\n\n')
