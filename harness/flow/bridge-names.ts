/** Bridges with others behind them, by the names that container engines and hypervisors use. */
const bridges = /^(docker|br-|br\d|bridge|cbr|cni|podman|nerdctl|virbr|lxcbr|lxdbr|incusbr|k6t-|kube-bridge|weave)/

/**
 * Other ends on a node of what leads to pods, VMs and the pods of other nodes, by the names that network plugins use:
 * Calico's, those of the bridge and ptp plugins, libvirt's, Cilium's, those of clouds, Flannel's.
 */
const others = /^(cali|veth|tap|vnet|lxc|cilium_|eni[\da-f]{8}|azv|gke[\da-f]|flannel\.|vxlan\.calico|tunl0)/

export const isBridgeName = (name: string): boolean => bridges.test(name)

/** Whether others stand behind an interface of this name, whatever a machine is connected by. */
export const hasOthersBehind = (name: string): boolean => bridges.test(name) || others.test(name)
