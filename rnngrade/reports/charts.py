"""Bars for the pages of reports, made of HTML and CSS alone.

``MACROS`` are for a template: ``histogram`` draws a distribution, ``stack`` a bar of
several parts, ``bar`` a single one. Every number stands beside its bar, and what is
drawn is also said in words: by a text alternative, or by the table around it. Colors
differ in lightness as well, and follow the reader's light or dark page.

``STYLE`` goes into the page's style sheet. Nothing is counted here.
"""

STYLE = """\
:root { --full: #0b57a4; --some: #5795d1; --none: #d9660f; --empty: #8a95a0; }
@media (prefers-color-scheme: dark) { :root { --full: #6cb1f7; --some: #35699c;
 --none: #e8935a; --empty: #69747f; } }
.bar, .stack, .histogram i, .key { print-color-adjust: exact;
 -webkit-print-color-adjust: exact; forced-color-adjust: none; }
.bar { display: block; height: .5rem; min-width: 2px; border-radius: .25rem;
 background: var(--full); }
.stack { display: flex; gap: 2px; height: 1.1rem; border-radius: .25rem;
 overflow: hidden; }
.stack i { min-width: 2px; }
.key { display: inline-block; width: .7em; height: .7em; border-radius: .15em;
 margin-right: .4em; }
.full { background: var(--full); } .some { background: var(--some); }
.none { background: var(--none); } .empty { background: var(--empty); }
.histogram { display: flex; align-items: flex-start; gap: 2px; margin: 0;
 font-size: .75rem; line-height: 1.3; text-align: center;
 font-variant-numeric: tabular-nums; }
.histogram > span { flex: 1 1 0; min-width: 0; max-width: 6rem; }
.histogram .area { display: flex; flex-direction: column; justify-content: flex-end;
 height: 9rem; border-bottom: 1px solid var(--soft); }
.histogram i { display: block; background: var(--full); min-height: 1px;
 border-radius: .2rem .2rem 0 0; }
.histogram .label { display: block; color: var(--soft); padding: .25rem 0; }
.histogram.low .area { height: 5.5rem; }
"""

MACROS = """\
{% macro histogram(distribution, what, kind="") %}
{% set most = distribution.bins | map(attribute="count") | max %}
<div class="histogram {{ kind }}" role="img" aria-label="{{ what }}:
{%- for bin in distribution.bins %} {{ bin.label }}: {{ bin.count }}
{{- "," if not loop.last }}{% endfor %}">
{% for bin in distribution.bins %}
<span><span class="area">{% if bin.count %}<span>{{ bin.count }}</span>
<i style="height: {{ share(bin.count, most * 1.25) }}%"></i>{% endif %}</span>
<span class="label">{{ bin.label }}</span></span>
{% endfor %}
</div>
{% endmacro %}
{% macro stack(parts, what) %}
<div class="stack" role="img" aria-label="{{ what }}:
{%- for _, word, count in parts %} {{ word }} {{ count }}{{ "," if not loop.last }}
{%- endfor %}">
{% for name, _, count in parts %}{% if count %}
<i class="{{ name }}" style="flex: {{ count }} 1 0"></i>
{% endif %}{% endfor %}
</div>
{% endmacro %}
{% macro bar(count, most) %}
<span class="bar" style="width: {{ share(count, most) }}%"></span>
{% endmacro %}
"""


def share(count: float, whole: float) -> float:
    """Return a part in percent.

    Parameters
    ----------
    count, whole : float
        The part, and what it is a part of.

    Returns
    -------
    float
        With one digit; 0 of nothing.

    Examples
    --------
    >>> share(1, 3)
    33.3
    """
    return round(100 * count / whole, 1) if whole else 0.0
