"""The style of the class report's page, beyond what all pages share.

The style of the bars is in :mod:`rnngrade.reports.charts`.
"""

STYLE = """\
h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 2.25rem 0 .25rem; }
h2 + h3 { margin-top: 1rem; }
h4 { font-size: .875rem; margin: 1.25rem 0 .25rem; }
p { margin: 0 0 .75rem; }
figure { margin: 0; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.small { font-size: .875rem; }
.tiles { display: grid; gap: .5rem; margin: 1.25rem 0;
 grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); }
.tiles div { background: var(--box); border-radius: .5rem; padding: .6rem .8rem; }
.tiles dt { font-size: .8125rem; color: var(--soft); }
.tiles dd { margin: 0; font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
.tiles dd small { font-size: .8125rem; font-weight: 400; color: var(--soft); }
.teach { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .75rem; }
.teach > li { border: 1px solid var(--line); border-left: .3rem solid var(--none);
 border-radius: .5rem; padding: .75rem 1rem; display: grid; gap: 0 1rem;
 grid-template-columns: 4.5rem 1fr; }
.teach .share { font-size: 1.5rem; font-weight: 600; line-height: 1.2; }
.teach .share small { display: block; font-size: .8125rem; font-weight: 400;
 color: var(--soft); }
.teach > li > * { min-width: 0; }
.teach p { margin: .25rem 0 0; }
.teach code { font-weight: 600; }
.over { margin: 1.25rem 0 .25rem; font-weight: 600; }
.parts { list-style: none; margin: .3rem 0 0; padding: 0; display: grid; gap: 0 1rem;
 font-size: .875rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
 font-variant-numeric: tabular-nums; }
.below { margin-top: .75rem; }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-size: .8125rem; font-weight: 600; vertical-align: bottom;
 overflow-wrap: normal; }
tbody th { font-weight: 400; }
td.number, th.number { overflow-wrap: normal; }
tbody th:first-child { min-width: 7rem; }
.source { display: block; }
table + details, table + p { margin-top: .6rem; }
.narrow { max-width: 34rem; }
summary { color: var(--soft); font-size: .875rem; font-weight: inherit; }
details p { margin: .25rem 0 .5rem; }
@media (max-width: 30rem) { .histogram { gap: 1px; font-size: .6875rem; }
 .teach > li { grid-template-columns: 1fr; gap: .25rem; }
 .teach .share small { display: inline; } th code { font-size: .8125rem; }
 tbody th:first-child { min-width: 5rem; } }
@media print { main { max-width: none; } section, li, tr { break-inside: avoid; } }
"""
