/** Bridges with others behind them, by the names that container engines and hypervisors use. */
const bridges = /^(docker|br-|br\d|bridge|cbr|cni|podman|nerdctl|virbr|lxcbr|lxdbr|incusbr|k6t-|kube-bridge|weave)/

export const isBridgeName = (name: string): boolean => bridges.test(name)
