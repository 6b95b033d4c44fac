/** The style sheet of a report: light and dark by the reader's preference, one column on a phone. */
export const reportStyle = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2024; --soft: #5b6470; --line: #d8dde3; --panel: #f4f6f8;
  --accent: #1f5fbf; --good: #17703c; --doubt: #9a5b00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e7eaee; --soft: #a3adb8; --line: #343b43; --panel: #1d2126;
    --accent: #7fb2ff; --good: #63c98d; --doubt: #f0b354; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.6rem; }
p { margin: 0.4rem 0; }
.notice { border: 1px solid var(--bad); border-radius: 6px; padding: 0.5rem 0.8rem; color: var(--bad); font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.6rem; margin: 1rem 0; padding: 0; }
.facts div { background: var(--panel); border-radius: 6px; padding: 0.6rem 0.8rem; }
.facts dt { color: var(--soft); font-size: 0.85rem; }
.facts dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.good { color: var(--good); } .doubt { color: var(--doubt); } .bad { color: var(--bad); }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.8rem; }
@media (max-width: 40rem) { .pair { grid-template-columns: 1fr; } }
figure { margin: 0 0 1rem; }
figure img { width: 100%; height: auto; display: block; border-radius: 4px; background: #000; }
figcaption, .caption { color: var(--soft); font-size: 0.9rem; margin-top: 0.3rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th:first-child { text-align: left; padding-left: 0; font-weight: 500; white-space: normal; min-width: 5.5rem; }
.words td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 500; }
.hash td { font-family: ui-monospace, monospace; font-size: 0.8rem; }
.flip { position: relative; } .flip input { position: absolute; opacity: 0; }
.flip label { display: inline-block; padding: 0.35rem 0.9rem; border: 1px solid var(--line); border-radius: 999px; margin: 0 0.3rem 0.6rem 0; cursor: pointer; }
.flip input:checked + label { background: var(--accent); color: var(--paper); border-color: var(--accent); }
.flip input:focus-visible + label { outline: 3px solid var(--accent); outline-offset: 2px; }
.flip figure { display: none; max-width: 40rem; }
.flip input:nth-of-type(1):checked ~ figure:nth-of-type(1), .flip input:nth-of-type(2):checked ~ figure:nth-of-type(2),
.flip input:nth-of-type(3):checked ~ figure:nth-of-type(3) { display: block; }
.trace { width: 100%; max-width: 48rem; height: auto; background: var(--panel); border-radius: 6px; }
.trace polyline { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.trace circle { fill: var(--accent); } .trace .stage { stroke: var(--line); } .trace text { fill: var(--soft); font-size: 12px; }
footer { color: var(--soft); font-size: 0.85rem; margin: 2rem 0 1rem; border-top: 1px solid var(--line); padding-top: 0.8rem; }
@media print { .flip label { display: none; } .flip figure { display: block; } }
`;
