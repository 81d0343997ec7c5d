export const pageStyle = `
.top,main{max-width:76rem;margin:0 auto;padding:0 1.5rem}
.top{padding-top:2.5rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:2}
.brand{margin:0;font-weight:600;letter-spacing:.02em;color:var(--muted)}
h1{font-size:clamp(1.6rem,4.5vw,2.5rem);line-height:1.15;letter-spacing:-.02em;margin:.25rem 0 .75rem}
.lead{margin:0;color:var(--muted);font-size:1.0625rem}
.mark.passed{color:var(--good)}.mark.failed{color:var(--bad)}
.subject{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1rem;margin:1rem 0 0}.subject dt{color:var(--muted)}.subject dd{margin:0}
#causes{margin:1.75rem 0 0}#causes h2{margin:0 0 .5rem}
.cause{border:1px solid var(--line);border-radius:12px;margin:.5rem 0}.cause>summary{padding:.7rem 1rem;cursor:pointer}
.cause .badge{margin:0 .5rem 0 0}.why{font-weight:600}.cause-body{padding:0 1rem .75rem}.cause .facts{margin:.25rem 0 .75rem}
.flows{margin:0;padding:0;list-style:none}.flows li{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr) max-content;gap:.1rem 1rem;padding:.35rem 0;border-top:1px solid var(--line)}
.became{color:var(--muted)}.at{font-size:.8125rem;color:var(--bad);margin-left:.5rem;white-space:nowrap}.at.error{color:var(--warn)}
.copies{display:flex;flex-wrap:wrap;gap:.5rem}.copied-from{position:fixed;left:-99rem}
.about{margin:1rem 0 0;color:var(--muted)}.about summary{cursor:pointer;width:max-content}
.about dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.5rem 0}.about dd{margin:0;color:var(--ink)}
.filters{display:flex;flex-wrap:wrap;gap:.75rem 1rem;align-items:end;margin:1.75rem 0 0;padding:1rem;background:var(--soft);border-radius:12px}
.filters[hidden]{display:none}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.4rem}
legend,.choice span{display:block;font-size:.8125rem;color:var(--muted);padding:0;margin-bottom:.25rem}
.chip{display:inline-flex;gap:.35rem;align-items:center;padding:.3rem .7rem;border:1px solid var(--line);border-radius:99px;background:var(--paper);cursor:pointer}
.chip:has(:checked){border-color:currentColor;box-shadow:inset 0 0 0 1px currentColor}.chip input{accent-color:currentColor;margin:0}
.chip.passed,.count.passed{color:var(--good)}.chip.failed,.count.failed{color:var(--bad)}.chip.error,.count.error{color:var(--warn)}.chip.skipped,.count.skipped{color:var(--muted)}
input[type=search],select,button{font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--muted);border-radius:8px;padding:.35rem .7rem;min-height:2.4rem}
.choice.text{flex:1 1 14rem}.choice.text input{width:100%}
button{cursor:pointer}button:hover{background:var(--soft)}
.shown{color:var(--muted);margin:1rem 0 .5rem}
.file{border-top:1px solid var(--line)}.file:last-child{border-bottom:1px solid var(--line)}
.file>summary{display:grid;grid-template-columns:1rem minmax(0,1fr) 9rem 17rem;gap:.25rem 1rem;align-items:center;padding:.7rem .25rem;cursor:pointer;list-style:none}
.file>summary::-webkit-details-marker{display:none}
.file>summary::before{content:"▸";color:var(--muted)}.file[open]>summary::before{content:"▾"}
.file>summary:hover{background:var(--soft)}
.name{font-weight:600}.tally{display:block;font-weight:400;font-size:.8125rem;color:var(--muted)}.counts{display:flex;gap:.9rem;font-size:.875rem;font-variant-numeric:tabular-nums;flex-wrap:wrap}
.bar{width:100%;height:8px;display:block}.bar .passed{fill:var(--good)}.bar .failed{fill:var(--bad)}.bar .error{fill:var(--lit-line)}.bar .skipped{fill:var(--line)}
.rows{padding:0 0 1.25rem 2.25rem}
table{border-collapse:collapse;width:100%;margin:.75rem 0 1.25rem;table-layout:fixed}
caption{text-align:left;padding:.35rem 0;font-weight:600}.shared{display:block;font-weight:400;color:var(--warn)}
.wide{overflow-x:auto}.wide table{min-width:calc(16rem + var(--columns)*7.5rem)}
th,td{text-align:left;padding:.25rem .5rem .25rem 0;vertical-align:middle;font-weight:400}
thead th{font-size:.8125rem;color:var(--muted);border-bottom:1px solid var(--line)}
thead th{width:13rem}.wide thead th{width:7.5rem}thead th:first-child{width:auto}
.column{display:none}.none{color:var(--muted)}
.verdict{display:block;padding:.15rem .6rem;margin:.1rem 0;border-radius:6px;text-decoration:none;font-size:.875rem;overflow-wrap:normal}
.verdict:hover{text-decoration:underline}tbody tr:hover{background:var(--soft)}.more{display:none}
.verdict.passed{color:var(--good)}.badge.passed{color:var(--good);background:var(--good-tint)}
.instead{font-weight:400;white-space:nowrap}
.verdict.failed,.badge.failed{color:var(--bad);background:var(--bad-tint);font-weight:600;box-shadow:inset 0 0 0 1px currentColor}
.verdict.error,.badge.error{color:var(--warn);background:var(--warn-tint);box-shadow:inset 0 0 0 1px currentColor}
.verdict.skipped,.badge.skipped{color:var(--muted);background:var(--soft)}
.glyph{display:inline-block;width:1em}
main{padding-bottom:4rem}
@media (max-width:760px){.top,main{padding-left:1rem;padding-right:1rem}.top{padding-top:1.25rem}
.file>summary{grid-template-columns:1rem minmax(0,1fr)}.bar,.counts{grid-column:2}
.rows{padding-left:0}.filters{padding:.75rem}.filters fieldset{flex-basis:100%}.choice{flex:1 1 6rem}.choice select{width:100%}
.choice.text span{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}.choice.text{flex-basis:9rem}.more{display:block}.filters:not(.open) .extra,.filters:not(.open) button[type=reset]{display:none}
.wide table{min-width:0}.instead{display:block;padding-left:1.4em}
#matrix .rows table,#matrix .rows tbody,#matrix .rows caption{display:block}#matrix .rows thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
#matrix .rows tr{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.25rem .5rem;padding:.6rem 0;border-top:1px solid var(--line)}
#matrix .rows tr th{grid-column:1/-1}#matrix .rows td{padding:0}.column{display:block;font-size:.75rem;color:var(--muted)}}
@media (max-width:760px){.flows li{grid-template-columns:minmax(0,1fr)}.at:first-child{margin-left:0}}
@media print{.filters,.shown{display:none}}
`
