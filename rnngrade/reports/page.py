"""What all pages of grading share: the head, the colors, and the base of the style.

These are the feedback page, the class report and the page of similar answers. Each is
complete in itself. It has no script, asks no other host for anything, and says so to
the browser by a content policy. Its colors follow the reader's light or dark screen.

What a page has beyond that is in its own template. This module fills in nothing.
"""

POLICY = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
"""

STYLE = """\
:root { color-scheme: light dark; --text: #1c2024; --soft: #55606b; --page: #fff;
 --box: #f4f6f8; --line: #c9d1d9; --accent: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ec; --soft: #a5b0bb;
 --page: #14181c; --box: #1e242a; --line: #3d4751; --accent: #7ab8f5; } }
body { margin: 0; background: var(--page); color: var(--text);
 font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; }
a { color: var(--accent); }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
 border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap;
 font-variant-numeric: tabular-nums; }
pre { font: .875rem/1.5 ui-monospace, monospace; margin: 0; padding: .75rem;
 overflow-x: auto; background: var(--box); border-radius: .35rem; }
summary { cursor: pointer; font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""


def head(title: str, style: str) -> str:
    """Write the beginning of a page's template, up to the end of its head.

    Parameters
    ----------
    title : str
        The title; Jinja fills in what it has in double braces.
    style : str
        CSS of this page alone. It comes last, so it also changes what all share.

    Returns
    -------
    str
        Text for a Jinja template.

    Examples
    --------
    >>> head("{{ name }}: feedback", "").count("{{ name }}")
    1
    """
    return f"{POLICY}<title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n"
