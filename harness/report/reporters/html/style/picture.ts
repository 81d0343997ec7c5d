export const pictureStyle = `
.picture svg{display:block;max-width:100%;height:auto;overflow:visible}
.picture text{font-family:var(--sans)}
.label{font-size:15px;font-weight:600}.small{font-size:12px;font-weight:600}.picture text.mono{font-family:var(--mono);font-size:12px}
.picture .ink{fill:var(--ink)}.picture .muted{fill:var(--muted)}.hook{fill:var(--muted);letter-spacing:.03em}.astray{fill:var(--bad)}.lit-ink{fill:var(--warn)}
.track{fill:none;stroke:var(--accent);stroke-width:3.5;stroke-linecap:round}.track.predicted{stroke-dasharray:2 8;stroke:var(--muted)}
.stop{fill:var(--paper);stroke:var(--accent);stroke-width:3.5}.stop.listener{fill:var(--accent)}.stop.bad{stroke:var(--bad)}
.cross{stroke:var(--bad);stroke-width:2.5;stroke-linecap:round;fill:none}.tick{stroke:var(--accent);stroke-width:3;stroke-linecap:round}
.rule{fill:var(--soft);stroke:var(--line)}.rule.lit{fill:var(--lit);stroke:var(--lit-line);stroke-width:2}
.fork{fill:var(--bad)}.dot{fill:var(--paper);stroke:var(--accent);stroke-width:3}.dot.lit{fill:var(--lit-line);stroke:var(--paper);stroke-width:2}
.ghost{fill:var(--bad-tint);stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 4}
`
