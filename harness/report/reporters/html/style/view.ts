export const viewStyle = `
dialog{width:min(56rem,100vw);max-width:none;height:100dvh;max-height:none;margin:0 0 0 auto;padding:0;border:0;border-left:1px solid var(--line);color:var(--ink);background:var(--paper)}
dialog::backdrop{background:#0a0e148c}
.bar-top{position:sticky;top:0;display:flex;gap:.5rem;align-items:center;padding:.75rem 1.5rem;background:var(--paper);border-bottom:1px solid var(--line);z-index:1}
.position{color:var(--muted);font-variant-numeric:tabular-nums}.close{margin-left:auto}
.sheet{padding:1.25rem 1.5rem 3rem}
.badge{display:inline-block;margin:0 .75rem 0 0;padding:.1rem .75rem;border-radius:99px;font-weight:600}
.where{display:inline-block;margin:0;color:var(--muted)}
h2{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;margin:.75rem 0 .25rem}h2:focus-visible{outline:0}
h3{font-size:1.125rem;margin:2rem 0 .25rem}h4{margin:.75rem 0 0}
.scenario,.legend{color:var(--muted);margin:0 0 1rem}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.35rem 1.25rem;margin:1.25rem 0 0}
.facts dt{color:var(--muted)}.facts dt::first-letter{text-transform:uppercase}.facts dd{margin:0;white-space:pre-wrap}.code{font-family:var(--mono);font-size:.875rem;line-height:1.7}
.changes{margin:.5rem 0 0}.changes dt{overflow-wrap:anywhere}.changes dd{margin:0 0 .75rem;color:var(--muted)}
pre{font:.8125rem/1.6 var(--mono);background:var(--soft);border-radius:8px;padding:.75rem 1rem;margin:.5rem 0;white-space:pre-wrap}
.sheet details{margin-top:1rem}.sheet summary{cursor:pointer;font-weight:600}.words li{margin:.25rem 0}
@media (max-width:760px){.bar-top,.sheet{padding-left:1rem;padding-right:1rem}h2{font-size:1.25rem}.facts{grid-template-columns:minmax(0,1fr);gap:0}.facts dd{margin-bottom:.6rem}}
`
