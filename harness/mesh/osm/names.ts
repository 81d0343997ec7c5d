/**
 * What OSM's proxy has, in any release and under any config: the listeners that capture traffic, and its other ports.
 */
export const names = { listeners: ['outbound', 'inbound'], ports: ['admin', 'metrics', 'probe'] } as const
