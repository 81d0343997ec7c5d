import type { OwnMesh } from '../own-mesh.ts'

/**
 * Telepresence's traffic agent (cmd/traffic/cmd/agentinit in telepresenceio/telepresence): it takes intercepted ports
 * alone, and sends nothing on but to the application. It runs as the image's user, which is root from 2.5 on (7777
 * before, base-image/Dockerfile) unless the pod says another; its chains are TEL_INBOUND_* up to 2.19. From 2.20 on it
 * dials the pod's address, at a port that its rules translate back, where this profile has loopback: the application
 * gets the connection either way. It makes rules for the family of the pod's primary address alone.
 */
export const telepresence: OwnMesh = {
  name: 'telepresence',
  title: 'Telepresence',
  chains: ['TEL_INBOUND', 'TEL_PREROUTING_', 'TEL_OUTPUT_'],
  proxy: { uid: 0, gid: 0 },
  spares: { uids: [0], gids: [] },
  listeners: [{ name: 'inbound', port: 9900, captures: 'inbound', speaks: 'relay' }],
  families: ['ipv4'],
  onlyConfigured: ['inbound'],
  ownAddress: { app: 'direct', proxy: 'direct' },
}
