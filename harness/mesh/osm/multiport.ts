/** What xt_multiport holds in one rule (XT_MULTI_PORTS). */
const capacity = 15

/**
 * The rules that leave ports alone: none for an empty list, one up to 15 ports as upstream prints it, several beyond,
 * where upstream's single rule does not load.
 * @param where the command and the chain: `-I PROXY_INBOUND`.
 */
export function exemptPorts(where: string, ports: readonly number[]): string[] {
  const rules: string[] = []
  for (let start = 0; start < ports.length; start += capacity)
    rules.push(`${where} -p tcp --match multiport --dports ${ports.slice(start, start + capacity).join(',')} -j RETURN`)
  return rules
}
