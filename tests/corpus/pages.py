"""Open feedback in Chromium, as a student does, and note whatever it does by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Dialog, Page

# In the name of whoever wrote a script into the corpus.
PWNED = "typeof window.__pwned !== 'undefined'"
MADE_BY_NOBODY = "script, iframe, object, embed, img, svg, form, link, base, [style]"


def visit(browser: Browser, pages: Mapping[str, Path]) -> dict[str, list[str]]:
    """Open pages, unfold them, and wait a little.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        Chromium.
    pages : mapping of str to Path
        Names and files.

    Returns
    -------
    dict of str to list of str
        What each of them did, and must not.
    """
    context = browser.new_context()
    try:
        return {name: _visit(context.new_page(), page) for name, page in pages.items()}
    finally:
        context.close()


def _visit(page: Page, path: Path) -> list[str]:
    seen: list[str] = []
    own = path.as_uri()

    def dismiss(dialog: Dialog) -> None:
        seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("console", lambda message: seen.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on(
        "request", lambda r: r.url != own and seen.append(f"request: {r.url[:200]}")
    )
    page.on("popup", lambda other: seen.append(f"window: {other.url}"))
    page.goto(own)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.wait_for_timeout(20)
    if page.evaluate(PWNED):
        seen.append("a script ran")
    made = page.evaluate(f"document.querySelectorAll({MADE_BY_NOBODY!r}).length")
    if made:
        seen.append(f"{made} elements that the template does not make")
    page.close()
    return seen
