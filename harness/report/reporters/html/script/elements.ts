/** What all parts ask of checks. */
export const elements = `
const glyphs = { passed: '✓', failed: '✕', error: '!', skipped: '–' }
const statuses = Object.keys(glyphs)
const fileOf = (check) => data.scenarios[check.scenario].file
const titleOf = (check) => data.scenarios[check.scenario].title
const isBad = (check) => check.status === 'failed' || check.status === 'error'
const countsOf = (checks) => statuses.map((status) => [status, checks.filter((check) => check.status === status).length])
const counted = (status, count) => count + ' ' + status + (status === 'error' && count !== 1 ? 's' : '')
const reasonOf = (check) => (check.facts.find(([name]) => name === 'reason') || [])[1]
`
