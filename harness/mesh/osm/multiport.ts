/** What xt_multiport holds in one rule (XT_MULTI_PORTS). */
const capacity = 15

/**
 * The `--dports` lists that a port list takes: none for an empty list, one up to 15 ports as upstream prints it,
 * several beyond, where upstream's single rule does not load.
 */
export function multiportLists(ports: readonly number[]): string[] {
  const lists: string[] = []
  for (let start = 0; start < ports.length; start += capacity)
    lists.push(ports.slice(start, start + capacity).join(','))
  return lists
}
