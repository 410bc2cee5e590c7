"""The text of the page of similar answers, with places for what was found.

Every place is escaped by Jinja. What goes into them is the matter of
:mod:`rnngrade.reports.similarity_page`; this module holds no code.
"""

from rnngrade.reports.page import head

STYLE = """\
:root { --other: #fbe7a6; }
@media (prefers-color-scheme: dark) { :root { --other: #57470f; } }
main { max-width: 80rem; }
h4 { font-size: .875rem; margin: 0 0 .35rem; overflow-wrap: anywhere; }
p, ul { max-width: 46rem; }
p { margin: 0 0 .75rem; }
thead th { overflow-wrap: normal; }
td.number, th.number { white-space: normal; }
td, th[scope=row] { min-width: 4rem; }
td:not(.number), th[scope=row] { min-width: 10rem; }
.scroll + p { margin-top: .75rem; }
pre { tab-size: 4; }
mark { background: var(--other); color: inherit;
 box-shadow: -.4rem 0 var(--other), -.6rem 0 var(--accent); }
article { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
 margin: 1rem 0; }
article p { margin: .25rem 0 .75rem; }
.columns { display: grid; gap: 1rem; align-items: start;
 grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.columns > * { min-width: 0; }
"""

BODY = """\
<body>
{% macro group_table(rows, label) %}
<div class="scroll" role="region" aria-label="{{ label }}" tabindex="0">
<table>
<thead><tr><th scope="col">Exercise</th><th scope="col">Students</th>
<th scope="col" class="number">Number</th><th scope="col" class="number">Of answers</th>
<th scope="col" class="number">Nodes</th><th scope="col">Points</th></tr></thead>
<tbody>
{% for row in rows %}
<tr><th scope="row">{{ row.title }}</th><td>{{ row.names }}
{%- if row.reference %}; the reference{% endif %}</td>
<td class="number">{{ row.count }}</td><td class="number">{{ row.answers }}</td>
<td class="number">{{ row.size }}</td><td>{{ row.points }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% endmacro %}
<main>
<h1>Similar answers: {{ title }}</h1>
<p class="soft">{{ students }} submissions. For the instructor only: the reference
solution may be on this page.</p>
<h2>What this page says, and what it does not</h2>
<p>It lists answers that are <strong>equal up to names and layout</strong>: equal once
variables are renamed, and comments, docstrings, annotations, quotes, parentheses and
line breaks are left out. Operators, constants, the order of statements, and names from
outside such as <code>np.tanh</code> have to agree.</p>
<p><strong>It accuses nobody, and it changes no score.</strong> A short function with
one natural solution is equal in many submissions. Students who worked from the same
hint, the same lecture or the same page of the book write the same lines. That two
answers are equal does not say that one was copied, and still less by whom. That two
answers differ does not say that each was written alone.</p>
<p>Length is counted in nodes of the syntax tree; <code>y = 2 * x</code> has 6. Answers
below {{ short }} nodes are set apart: there, equality means little. A long answer that
few of the class share, above all a wrong one, is a reason to talk with the students
about how they came to it. It is no more than that.</p>

<h2>Exercises</h2>
<div class="scroll" role="region" aria-label="Exercises" tabindex="0">
<table>
<thead><tr><th scope="col">Exercise</th><th scope="col" class="number">Answers</th>
<th scope="col" class="number">Unlike all others</th>
<th scope="col" class="number">Equal to the reference</th>
<th scope="col" class="number">Nodes of the reference</th></tr></thead>
<tbody>
{% for row in exercises %}
<tr><th scope="row">{{ row.title }}</th><td class="number">{{ row.given }}</td>
<td class="number">{{ row.unlike }}</td><td class="number">{{ row.like_reference }}</td>
<td class="number">{{ row.size }}{{ " (short)" if row.short }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>

<h2>Students who share several long answers</h2>
{% if pairs %}
<div class="scroll" role="region" aria-label="Pairs of students" tabindex="0">
<table>
<thead><tr><th scope="col">Students</th><th scope="col" class="number">Share</th>
<th scope="col" class="number">Of long answers by both</th>
<th scope="col">Exercises</th></tr></thead>
<tbody>
{% for row in pairs %}
<tr><th scope="row">{{ row.names }}</th><td class="number">{{ row.shared }}</td>
<td class="number">{{ row.comparable }}</td><td>{{ row.titles }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% if more_pairs %}<p class="soft">And {{ more_pairs }} more pairs.</p>{% endif %}
{% else %}
<p>None share more than one.</p>
{% endif %}
<p class="soft">Answers that more than {{ max_paired }} students share are not counted
here: they say little about any two of them.</p>

<h2>Equal long answers</h2>
{% if shown %}
<p>Long, rare and wrong answers come first. A marked line is not in every text beside
it; indentation does not count. What several students wrote to the letter is shown
once.</p>
{% else %}
<p>There are none.</p>
{% endif %}
{% for group in shown %}
<article aria-labelledby="{{ group.id }}">
<h3 id="{{ group.id }}">{{ loop.index }}. {{ group.title }}: {{ group.heading }}</h3>
<p class="soft">{{ group.count }} of {{ group.answers }} answers, {{ group.size }} nodes
{%- if group.points %}; {{ group.points }}{% endif %}
{%- if not group.python %}; no valid Python, so compared word by word{% endif %}</p>
<div class="columns">
{% for column in group.columns %}
<div>
<h4 id="{{ column.id }}">{{ column.heading }}</h4>
<pre tabindex="0" role="group" aria-labelledby="{{ column.id }}">
{% for line in column.lines %}
{% if line.differs %}
<mark>{{ line.text }}</mark>
{%- else %}
{{ line.text }}
{%- endif %}
{{ "\n" }}
{%- endfor %}
</pre>
</div>
{% endfor %}
</div>
{% if group.more %}<p class="soft">{{ group.more }}</p>{% endif %}
</article>
{% endfor %}
{% if further %}
<h3>Further long answers</h3>
{{ group_table(further, "Further long answers") }}
{% if more_further %}<p class="soft">And {{ more_further }} more.</p>{% endif %}
{% endif %}

{% if brief %}
<h2>Equal short answers</h2>
<details><summary>Equality means little here: {{ all_brief }} answers that several
students gave</summary>
{{ group_table(brief, "Short answers") }}
{% if more_brief %}<p class="soft">And {{ more_brief }} more.</p>{% endif %}
</details>
{% endif %}

{% if left_out %}
<h2>Not compared</h2>
<ul>{% for line in left_out %}<li>{{ line }}</li>{% endfor %}</ul>
{% if more_left_out %}<p class="soft">And {{ more_left_out }} more.</p>{% endif %}
{% endif %}
</main>
</body>
</html>
"""

TEMPLATE = head("{{ title }}: similar answers", STYLE) + BODY
