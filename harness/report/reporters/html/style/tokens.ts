/**
 * Colours and type, light and dark. Every text colour has a contrast of at least 4.5:1 on `paper`, `soft` and its own
 * tint.
 */
export const tokens = `
:root{color-scheme:light dark;--paper:#fff;--soft:#f5f6f8;--line:#dce0e6;--ink:#18202b;--muted:#566071;--accent:#1d5bb8;
--good:#17703f;--good-tint:#e6f4ec;--bad:#ae2019;--bad-tint:#fdecea;--warn:#7d5200;--warn-tint:#fdf1dc;--lit:#fff3d6;--lit-line:#b97700;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;--mono:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--paper:#11151b;--soft:#1a2029;--line:#303946;--ink:#e8ecf2;--muted:#a5afbe;--accent:#8ab8ff;
--good:#67cf98;--good-tint:#14301f;--bad:#ff938a;--bad-tint:#3a1a18;--warn:#f2be63;--warn-tint:#35280f;--lit:#3b2d0d;--lit-line:#e0a63a}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 var(--sans);color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
@media (prefers-reduced-motion:no-preference){.verdict,button,summary{transition:background-color .12s}}
`
