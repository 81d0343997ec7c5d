/** Where named network namespaces stand, as ip-netns(8) has it; /run is the sandbox's own. */
export const namespaceFolder = '/run/netns'
