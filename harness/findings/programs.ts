import { meshes } from '../mesh/index.ts'

/** Programs that are no mesh and make rules of their own, by how the names of their chains begin. */
const others: readonly { name: string; chains: RegExp }[] = [
  { name: 'Docker', chains: /^DOCKER(?:$|[-_])/ },
  { name: 'kube-proxy', chains: /^KUBE-/ },
  { name: 'the CNI plugin portmap', chains: /^CNI-(?:HOSTPORT|DN|SN)/ },
  { name: 'Calico', chains: /^cali-/ },
  { name: 'Cilium', chains: /^(?:OLD_)?CILIUM_/ },
  { name: 'Flannel', chains: /^FLANNEL/ },
  { name: 'Weave Net', chains: /^WEAVE/ },
  { name: 'Antrea', chains: /^ANTREA/ },
  { name: 'libvirt', chains: /^LIBVIRT_/ },
  { name: 'netavark', chains: /^NETAVARK/ },
  { name: 'ufw', chains: /^ufw6?-/ },
  { name: 'fail2ban', chains: /^f2b-/ },
]

/**
 * Whose a chain is, by its name.
 * @param own how the names of the mesh's own chains begin.
 * @returns undefined where it is the mesh's, the kernel's, or nobody's that is known.
 */
export function strangerOf(chain: string, own: readonly string[]): { name: string; isMesh: boolean } | undefined {
  if (own.some((begin) => chain.startsWith(begin))) return undefined
  const program = others.find(({ chains }) => chains.test(chain))
  if (program !== undefined) return { name: program.name, isMesh: false }
  const mesh = [...meshes.values()].find(({ chains = [] }) => chains.some((begin) => chain.startsWith(begin)))
  return mesh && { name: mesh.title, isMesh: true }
}
