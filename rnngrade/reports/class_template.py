"""The template of the class report's page, in the order in which it is read.

It is filled by :mod:`rnngrade.reports.class_page`. How it looks is in
:mod:`rnngrade.reports.class_style`, the bars are in :mod:`rnngrade.reports.charts`.
"""

from rnngrade.reports import charts, class_style
from rnngrade.reports.page import head

OWN_MACROS = """\
{% macro more(items) %}
{% if items | length > rows %}<p class="soft small">And {{ items | length - rows }}
more.</p>{% endif %}
{% endmacro %}
{% macro mistakes(several) %}
<table>
<thead><tr><th scope="col">Mistake and its hint</th>
<th scope="col" class="number">Count</th>
<th scope="col" class="number">Share</th></tr></thead>
<tbody>
{% for found in several %}
<tr><th scope="row"><code>{{ found.name }}</code><br>
<span class="soft">{{ found.hint }}</span>
<details><summary>Who</summary><p>
{%- for name in found.students %}<bdi>{{ name }}</bdi>
{%- if not loop.last %}, {% endif %}{% endfor %}
{%- if found.count > found.students | length %} and
{{ found.count - found.students | length }} more{% endif %}.</p></details></th>
<td class="number">{{ found.count }}</td>
<td class="number">{{ percent(found.share) }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endmacro %}
{% macro spread(found) %}
Median {{ number(found.median) }}, mean {{ number(found.mean) }}; the middle half of the
class has {{ number(found.lower) }} to {{ number(found.upper) }} points.
{% endmacro %}
"""

TOP = """\
<body>
<main>
<h1>How the class did: {{ report.assignment }}</h1>
<p class="soft">For the instructor. Shares are of the submissions
{%- if report.missing %}; who handed in nothing is not counted{% endif %}.</p>
<dl class="tiles">
<div><dt>Submissions</dt><dd>{{ report.submissions }}</dd></div>
{% if report.submissions %}
<div><dt>Median</dt><dd>{{ number(report.totals.median) }}
<small>of {{ number(report.max_points) }}</small></dd></div>
<div><dt>All points</dt><dd>{{ percent(report.full / report.submissions) }}
<small>{{ report.full }}</small></dd></div>
{% endif %}
{% for title, count, place in tiles if count %}
<div><dt>{{ title }}</dt><dd><a href="#{{ place }}">{{ count }}</a></dd></div>
{% endfor %}
</dl>

<h2>What to teach again</h2>
{% if teach %}
<p class="soft">The mistakes that most submissions share, with the hint that these
students have read in their feedback.</p>
<ol class="teach">
{% for found in teach %}
<li><div class="share">{{ percent(found.share) }}<small>{{ found.count }} of
{{ report.submissions }}</small></div>
<div><code>{{ found.name }}</code> <span class="soft">in
<a href="#exercise-{{ places[found.exercise] }}">{{ found.title }}</a></span>
<p>{{ found.hint or "The exercise does not know this mistake any more." }}</p></div>
</li>
{% endfor %}
</ol>
{% else %}
<p>No known mistake was recognized{% if not report.submissions %} yet{% endif %}.</p>
{% endif %}

{% if report.submissions %}
<h2>Points</h2>
<h3>Whole submissions</h3>
<p class="soft">{{ spread(report.totals) }}
{%- if report.late %} After late penalties, which {{ report.late | length }}
{{ "submission has" if report.late | length == 1 else "submissions have" }}.{% endif %}
{%- if report.waiting %} {{ report.waiting | length }} of them
{{ "waits" if report.waiting | length == 1 else "wait" }} for points by hand.{% endif %}
</p>
<figure>
{{ histogram(report.totals, "Submissions by points") }}
<figcaption class="soft small">Submissions by points, of
{{ number(report.max_points) }}.</figcaption>
</figure>
{% endif %}

{% if report.exercises %}
<h3>Exercise by exercise</h3>
{% for each in report.exercises %}
<p class="over"><a href="#exercise-{{ loop.index }}">{{ each.title }}</a></p>
{{ stack(outcomes(each), each.title) }}
<ul class="parts">
{% for name, word, count in outcomes(each) %}
<li><span class="key {{ name }}"></span>{{ word }} <strong>{{ count }}</strong>
<span class="soft">{{ percent(count / report.submissions) }}</span></li>
{% endfor %}
</ul>
{% endfor %}
<p class="soft small below">No answer: the cell is as it was released, or no notebook
could be read.</p>
{% endif %}

{% if report.mistakes %}
<h2>Mistakes by name</h2>
<table>
<thead><tr><th scope="col">Mistake</th><th scope="col" class="number">Count</th>
<th scope="col" class="number">Share</th></tr></thead>
<tbody>
{% for found in report.mistakes[:many] %}
<tr><th scope="row"><code>{{ found.name }}</code>
<span class="soft small source">{{ found.title }}</span>
{{ bar(found.count, report.mistakes[0].count) }}</th>
<td class="number">{{ found.count }}</td>
<td class="number">{{ percent(found.share) }}</td></tr>
{% endfor %}
</tbody>
</table>
{% if report.mistakes | length > many %}
<p class="soft small">And {{ report.mistakes | length - many }} rarer ones, which are
listed with their exercises.</p>
{% endif %}
{% endif %}
"""

EXERCISES = """\
{% if report.exercises %}
<h2>The exercises, one by one</h2>
{% for each in report.exercises %}
<section aria-labelledby="exercise-{{ loop.index }}">
<h3 id="exercise-{{ loop.index }}">{{ each.title }}</h3>
<p class="soft">{% if each.function %}<code>{{ each.function }}</code>,
{% endif %}{{ number(each.max_points) }} points. {{ spread(each.points) }}</p>
<figure>
{{ histogram(each.points, "Submissions by points in " ~ each.title, "low") }}
</figure>
{% if each.mistakes %}
<h4>Recognized mistakes</h4>
{{ mistakes(each.mistakes[:frequent]) }}
{% if each.mistakes | length > frequent %}
<details><summary>{{ each.mistakes | length - frequent }} rarer</summary>
{{ mistakes(each.mistakes[frequent:]) }}
</details>
{% endif %}
{% endif %}
{% if each.unnamed %}
<p class="small below">{{ each.unnamed }} more lost points by
something that has no name yet.</p>
{% endif %}
{% if each.failures %}
<h4>Answers that could not be compared</h4>
<table class="narrow">
<thead><tr><th scope="col">What happened</th>
<th scope="col" class="number">Count</th></tr></thead>
<tbody>
{% for kind, count in each.failures[:rows] %}
<tr><th scope="row">{{ kind }}</th><td class="number">{{ count }}</td></tr>
{% endfor %}
</tbody>
</table>
{{ more(each.failures) }}
{% endif %}
</section>
{% endfor %}
{% endif %}
"""

TROUBLES = """\
{% if tiles | sum(attribute=1) %}<h2>Submissions that need a look</h2>{% endif %}
{% for title, place, remedy, troubles in lists if troubles %}
<h3 id="{{ place }}">{{ title }}: {{ troubles | length }}</h3>
<p>{{ remedy }}</p>
<table>
<thead><tr><th scope="col">Student</th><th scope="col">Reason</th></tr></thead>
<tbody>
{% for each in troubles[:rows] %}
<tr><th scope="row"><bdi>{{ each.student }}</bdi>
<span class="soft small source">{{ each.where }}</span></th>
<td><bdi>{{ each.reason }}</bdi></td></tr>
{% endfor %}
</tbody>
</table>
{{ more(troubles) }}
{% endfor %}
{% for title, place, remedy, names in people if names %}
<h3 id="{{ place }}">{{ title }}: {{ names | length }}</h3>
<p>{{ remedy }}</p>
<p class="small">{% for name in names[:hundred] %}<bdi>{{ name }}</bdi>
{%- if not loop.last %}, {% endif %}{% endfor %}
{%- if names | length > hundred %} and {{ names | length - hundred }} more
{%- endif %}.</p>
{% endfor %}

{% if report.submissions %}
<h2>Time</h2>
<p class="soft">Half of the submissions took {{ seconds(report.seconds.median) }} or
less, the slowest {{ seconds(report.seconds.high) }}.</p>
<figure>
{{ histogram(report.seconds, "Submissions by seconds of grading", "low") }}
<figcaption class="soft small">Submissions by seconds of grading.</figcaption>
</figure>
<h3>The slowest</h3>
<p>Much processor time: a long loop, or arrays that are too large. Little of it: the
code waited, for input or in <code>sleep</code>.</p>
<table class="narrow">
<thead><tr><th scope="col">Student</th><th scope="col" class="number">Seconds</th>
<th scope="col" class="number">Processor</th>
<th scope="col" class="number">Memory</th></tr></thead>
<tbody>
{% for work in report.slowest %}
<tr><th scope="row"><bdi>{{ work.student }}</bdi></th>
<td class="number">{{ seconds(work.seconds) }}</td>
<td class="number">{{ seconds(work.cpu_seconds) }}</td>
<td class="number">{{ "%d" | format(work.memory / 1048576) }} MB</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
</main>
</body>
</html>
"""

HEAD = head("{{ report.assignment }}: class report", class_style.STYLE + charts.STYLE)
TEMPLATE = charts.MACROS + OWN_MACROS + HEAD + TOP + EXERCISES + TROUBLES
