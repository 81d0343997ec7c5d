/** The words with which a Node that we start loads our modules as this one does (own-modules.js). */
export const withOwnModules = ['--import', new URL('./own-modules.js', import.meta.url).href] as const
