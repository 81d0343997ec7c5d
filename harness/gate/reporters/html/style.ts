/** What the gate's page has beside the report's own. */
export const gateStyle = `
.tally-effects{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0 0;padding:0;list-style:none}.tally-effects .badge{margin:0}
main>h2{margin:2rem 0 .5rem}.cause summary{line-height:1.9}.size{color:var(--muted);margin-right:.5rem;white-space:nowrap}
.change{border-top:1px solid var(--line);padding:1.25rem 0 .75rem}.change h3{font-size:1.0625rem;margin:0}.change .became{margin:.15rem 0 0;font-size:.875rem}
.says{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.5rem 1rem;margin:.75rem 0 1rem}
.says div{border-left:3px solid var(--line);padding:.1rem .75rem}.says div:last-child{border-color:var(--bad)}
.says dt{color:var(--muted);font-size:.8125rem}.says dd{margin:0;font-weight:600}
.diff{margin:.5rem 0 1rem;border:1px solid var(--line);border-radius:8px;overflow:hidden;font:.8125rem/1.7 var(--mono)}
.diff div{display:grid;grid-template-columns:3rem 1.25rem minmax(0,1fr);padding:0 .75rem 0 0}.diff .number{text-align:right;padding-right:.75rem;color:var(--muted)}
.diff .gone{background:var(--bad-tint)}.diff .come{background:var(--good-tint)}.diff .gone .sign{color:var(--bad)}.diff .come .sign{color:var(--good)}
.diff .head{grid-template-columns:minmax(0,1fr);padding-left:.75rem;background:var(--soft);color:var(--muted)}
.facts code{font-size:.875rem}
.sides{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem;margin:.5rem 0 0}.sides h4{margin:0;color:var(--muted);font-weight:400}
.words{margin:.75rem 0 0}.words summary{cursor:pointer;color:var(--muted);font-size:.875rem;width:max-content}
.path,.way{margin:0;padding-left:1.25rem}.way{list-style:none;padding-left:0}
.way li{overflow-wrap:anywhere;font-size:.8125rem;color:var(--muted)}.way .lit{color:var(--bad)}.parts>strong{color:var(--bad)}
.track.baseline{stroke:var(--muted)}.track.candidate{stroke:var(--accent)}
#changes pre{overflow-x:auto;background:var(--soft);padding:1rem;border-radius:8px}
@media (max-width:760px){.sides,.says{grid-template-columns:minmax(0,1fr)}}
`
