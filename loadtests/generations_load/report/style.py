"""How `report.html` looks: in light and dark, on paper-wide screens and on phones. Nothing but CSS."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--dim:#60646c;--line:#d9dce1;--card:#f6f7f9;
--good:#18794e;--bad:#c62a2f;--warn:#946800;--s1:#2264d1;--s2:#c2570c;--s3:#18794e;--s4:#8145b5;--s5:#60646c}
@media(prefers-color-scheme:dark){:root{--bg:#111315;--fg:#eceef0;--dim:#9ba1a6;--line:#2f3438;--card:#1a1d1f;
--good:#4cc38a;--bad:#ff6369;--warn:#f1a10d;--s1:#6cb0ff;--s2:#ff9a5c;--s3:#4cc38a;--s4:#bf8fe8;--s5:#9ba1a6}}
*{box-sizing:border-box}body{margin:0 auto;max-width:62rem;padding:1.2rem;background:var(--bg);
color:var(--fg);font:15px/1.5 system-ui,sans-serif}h1{font-size:1.5rem;
margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .6rem}
.held,.VALID{color:var(--good)}.failed,.UNFIT,.broken{color:var(--bad)}.nodata{color:var(--warn)}
.dim,.keys{color:var(--dim)}figcaption{font-weight:600}.keys{font-size:12px}.key{margin-right:1em;
white-space:nowrap}.key:before{content:"";display:inline-block;width:1.2em;height:0;border-top:2px solid;
margin-right:.4em;vertical-align:middle}.key.s1:before{color:var(--s1)}.key.s2:before{color:var(--s2)}
.key.s3:before{color:var(--s3)}.key.s4:before{color:var(--s4)}.key.s5:before{color:var(--s5)}
code{overflow-wrap:anywhere}summary{cursor:pointer;color:var(--dim)}.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.2rem,1fr));
gap:.6rem;margin:1rem 0}.tile{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}
.tile b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td,th{padding:.3rem .6rem .3rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);padding:.6rem;
border-radius:.4rem;font-size:.82rem;margin:.3rem 0}.plots{display:grid;gap:1rem;
grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr))}figure{margin:0;background:var(--card);
border-radius:.5rem;padding:.7rem}svg{width:100%;height:auto}.grid{stroke:var(--line)}.tick,.label{
fill:var(--dim);font-size:12px}.label{fill:var(--fg)}.line{fill:none;stroke-width:2}.dot{fill:transparent}
.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}.line.s3{stroke:var(--s3)}.line.s4{stroke:var(--s4)}
.line.s5{stroke:var(--s5)}.dot:hover{fill:var(--fg)}.bar{fill:var(--s1);opacity:.75}.bar:hover{opacity:1}
.mark{stroke:var(--fg);stroke-width:2}.end{fill:var(--s2)}.none{color:var(--dim)}
@media(max-width:40rem){body{padding:.8rem}.opt{display:none}table{font-size:.85rem}.tick,.label{font-size:15px}
td,th{padding-right:.4rem}.facts td{display:block;border:0;padding:0}.facts td+td{padding-bottom:.5rem;
border-bottom:1px solid var(--line);overflow-wrap:anywhere}.facts td:first-child{color:var(--dim)}}
"""
