"""The book in Chromium: accessible, complete without a network, quiet, and narrow."""

import os
import re
import shutil
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag, urlparse

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from tests import building

AXE = building.ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESKTOP = 412, 1280
CHAPTERS = sorted((building.ROOT / "chapters").glob("*.md"))
PAGES = [
    "index.html",
    "genindex.html",
    "search.html",
    *(f"chapters/{path.stem}.html" for path in CHAPTERS),
]

every_page = pytest.mark.parametrize("name", PAGES)
light_and_dark = pytest.mark.parametrize("scheme", ["light", "dark"])


def chromium():
    """Return the path of Chromium, or None."""
    if "CHROME" in os.environ:
        return os.environ["CHROME"]
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    if path is None:
        message = "No Chromium: install it (apt install chromium) or set CHROME."
        pytest.fail(message) if "CI" in os.environ else pytest.skip(message)
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a container's root does not have.
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def book():
    return building.book()


# --- the checks -----------------------------------------------------------------------


@dataclass
class Visit:
    """What happened while a page was read."""

    violations: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    overflow: int = 0


def watch(page, visit):
    """Note requests that leave the folder, script errors and console errors."""

    def note_request(request):
        if urlparse(request.url).scheme not in ("file", "data", "blob"):
            visit.requests.append(request.url)

    def note_message(message):
        if message.type in ("error", "warning"):
            visit.messages.append(message.text)

    page.on("request", note_request)
    page.on("console", note_message)
    page.on("pageerror", lambda error: visit.messages.append(str(error)))


def read(browser, url, scheme="light", width=DESKTOP):
    """Open a page as a reader does, and look at it with axe-core."""
    visit = Visit()
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    watch(page, visit)
    page.goto(url)
    page.evaluate("document.fonts.ready.then(() => true)")
    unfold = "document.querySelectorAll('details').forEach(d => { d.open = true; })"
    page.evaluate(unfold)
    page.wait_for_timeout(100)  # scripts of the page answer the unfolding
    visit.overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.evaluate(AXE.read_text("utf-8"))
    # Without preload axe does not fetch style sheets, which file:// would not allow.
    found = page.evaluate(
        "axe.run(document, {preload: false, resultTypes: ['violations']})"
    )["violations"]
    visit.violations = [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]
    context.close()
    return visit


def broken_links(folder):
    """Return every link and source within a book that leads nowhere."""
    pages = {
        path: BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in building.pages(folder)
    }
    names = {
        path: {tag["id"] for tag in page.find_all(id=True)}
        for path, page in pages.items()
    }
    found = []
    for path, page in pages.items():
        for tag in page.select("a[href], link[href], script[src], img[src]"):
            link = tag.get("href") or tag["src"]
            if urlparse(link).scheme:
                continue
            file, anchor = urldefrag(link)
            file = unquote(file.partition("?")[0])
            target = (path.parent / file).resolve() if file else path
            if not target.is_file() or (
                anchor and target in names and unquote(anchor) not in names[target]
            ):
                found.append(f"{path.name}: {link}")
    return found


# --- the book -------------------------------------------------------------------------


def test_list_of_pages_is_complete(book):
    built = {path.relative_to(book).as_posix() for path in building.pages(book)}
    assert built == set(PAGES)


@every_page
@light_and_dark
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_is_accessible_quiet_complete_and_fits(browser, book, name, scheme, width):
    visit = read(browser, (book / name).as_uri(), scheme, width)
    assert visit.violations == []
    assert visit.requests == []
    assert visit.messages == []
    assert visit.overflow <= 0


def test_every_internal_link_leads_somewhere(book):
    assert broken_links(book) == []


@pytest.mark.parametrize("name", PAGES[3:])
def test_mathematics_is_there_without_scripts(browser, book, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((book / name).as_uri())
    formulas = page.locator(".katex-html")
    boxes = [formulas.nth(i).bounding_box() for i in range(formulas.count())]
    assert boxes
    assert all(box["height"] > 5 for box in boxes)
    context.close()


@every_page
def test_page_names_no_other_host_but_in_links(book, name):
    html = (book / name).read_text("utf-8")
    text = re.sub(r'<a [^>]*href="https?://[^"]*"', "", html)
    page = BeautifulSoup(text, "html.parser")
    assert not page.select('[src^="http"], link[href^="http"], [src^="//"]')


def test_search_finds_words_without_a_server(browser, book):
    visit = Visit()
    context = browser.new_context()
    page = context.new_page()
    watch(page, visit)
    page.goto((book / "search.html").as_uri() + "?q=recurrent")
    page.wait_for_selector("#search-results li a")
    assert visit.messages == []
    assert visit.requests == []
    context.close()


def test_theme_follows_the_system_and_the_button(browser, book):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto((book / "index.html").as_uri())
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    seen = set()
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        seen.add(page.evaluate(theme))
    assert seen == {"light", "dark"}
    context.close()


# --- the checks can fail --------------------------------------------------------------

GOOD = """<!doctype html><html lang="en"><head><title>Good</title></head><body>
<main><h1>Good</h1><p id="here">Text with a <a href="#here">link</a>.</p></main>
</body></html>"""

BAD = {
    "violations": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "requests": '<script src="http://host.invalid/x.js"></script>',
    "messages": "<script>undefined_name</script>",
    "overflow": '<div style="width: 500px">wide</div>',
}


def test_good_page_passes(browser, tmp_path):
    (tmp_path / "good.html").write_text(GOOD, "utf-8")
    assert read(browser, (tmp_path / "good.html").as_uri(), width=PHONE) == Visit()
    assert broken_links(tmp_path) == []


@pytest.mark.parametrize(("check", "flaw"), BAD.items())
def test_check_fails_on_a_bad_page(browser, tmp_path, check, flaw):
    html = GOOD.replace("</h1>", "</h1>" + flaw)
    (tmp_path / "bad.html").write_text(html, "utf-8")
    visit = read(browser, (tmp_path / "bad.html").as_uri(), width=PHONE)
    assert getattr(visit, check)


@light_and_dark
def test_faint_text_is_noticed_in_its_scheme_only(browser, tmp_path, scheme):
    style = (
        "<style>@media (prefers-color-scheme: dark) "
        "{ body { background: #111; color: #222 } }</style>"
    )
    (tmp_path / "faint.html").write_text(
        GOOD.replace("</head>", style + "</head>"), "utf-8"
    )
    visit = read(browser, (tmp_path / "faint.html").as_uri(), scheme)
    assert any("Text with" in v for v in visit.violations) == (scheme == "dark")


@pytest.mark.parametrize("link", ["#gone", "gone.html", "other.html#gone", "gone.png"])
def test_broken_link_is_noticed(tmp_path, link):
    (tmp_path / "other.html").write_text(GOOD, "utf-8")
    (tmp_path / "page.html").write_text(GOOD.replace("#here", link), "utf-8")
    assert broken_links(tmp_path) == [f"page.html: {link}"]


def test_sound_and_external_links_are_left_alone(tmp_path):
    (tmp_path / "other.html").write_text(GOOD, "utf-8")
    for link in ("other.html#here", "https://host.invalid/x", "other.html?v=1"):
        (tmp_path / "page.html").write_text(GOOD.replace("#here", link), "utf-8")
        assert broken_links(tmp_path) == []
