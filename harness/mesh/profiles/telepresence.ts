import type { OwnMesh } from '../own-mesh.ts'

/**
 * Telepresence's traffic agent (cmd/traffic/cmd/agentinit in telepresenceio/telepresence): it takes intercepted ports
 * alone, and sends nothing on.
 */
export const telepresence: OwnMesh = {
  name: 'telepresence',
  title: 'Telepresence',
  chains: ['TEL_INBOUND_'],
  proxy: { uid: 7777, gid: 7777 },
  spares: { uids: [7777], gids: [] },
  listeners: [{ name: 'inbound', port: 9900, captures: 'inbound', speaks: 'relay' }],
  families: ['ipv4'],
  onlyConfigured: ['inbound'],
}
