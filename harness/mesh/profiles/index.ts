import { meshFrom } from '../own-mesh.ts'
import { appMesh } from './app-mesh.ts'
import { consul } from './consul.ts'
import { fsm } from './fsm.ts'
import { kuma } from './kuma.ts'
import { linkerd } from './linkerd.ts'
import { telepresence } from './telepresence.ts'

/** Meshes of which only the promise is known: whoever makes their rules is somebody else. */
export const profiles = [appMesh, consul, fsm, kuma, linkerd, telepresence].map(meshFrom)
