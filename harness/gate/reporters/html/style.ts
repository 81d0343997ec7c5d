/** What the gate's page has beside the report's own. */
export const gateStyle = `
.change{border-top:1px solid var(--line);padding:.75rem 0}.change h3{font-size:1rem;margin:0}
.sides{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem;margin:.5rem 0 0}.sides h4{margin:0;color:var(--muted);font-weight:400}
.says{font-weight:600;margin:.15rem 0 .5rem}.path,.way{margin:0;padding-left:1.25rem}.way{list-style:none;padding-left:0}
.way li{overflow-wrap:anywhere;font-size:.8125rem;color:var(--muted)}.way .lit{color:var(--bad)}.parts>strong{color:var(--bad)}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1rem}.facts dt{color:var(--muted)}.facts dd{margin:0;overflow-wrap:anywhere}
#changes pre{overflow-x:auto;background:var(--soft);padding:1rem;border-radius:8px}
@media (max-width:760px){.sides{grid-template-columns:minmax(0,1fr)}}
`
