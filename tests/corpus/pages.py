"""Open feedback in Chromium, as a student does, and note whatever it does by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Dialog, Page, Request

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
    # One window for all: to open one takes longer than to look at a page.
    window = browser.new_page()
    visitor = Visitor(window)
    try:
        return {name: visitor.visit(page) for name, page in pages.items()}
    finally:
        window.close()


class Visitor:
    """Somebody who looks at one page after the other.

    Parameters
    ----------
    page : playwright.sync_api.Page
        An open window.
    """

    def __init__(self, page: Page) -> None:
        self.page, self.own, self.seen = page, "", []
        page.on("dialog", self._dismiss)
        page.on("console", lambda message: self._note(f"console: {message.text}"))
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on("request", self._request)
        page.on("popup", lambda other: self._note(f"window: {other.url}"))

    def visit(self, path: Path) -> list[str]:
        """Look at a page.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        list of str
            What it did, and must not.
        """
        self.own, self.seen = path.as_uri(), []
        page = self.page
        page.goto(self.own)
        page.evaluate(
            "for (const d of document.querySelectorAll('details')) d.open = true"
        )
        page.wait_for_timeout(20)
        if page.evaluate(PWNED):
            self._note("a script ran")
        made = page.evaluate(f"document.querySelectorAll({MADE_BY_NOBODY!r}).length")
        if made:
            self._note(f"{made} elements that the template does not make")
        return self.seen

    def _note(self, what: str) -> None:
        self.seen.append(what)

    def _request(self, request: Request) -> None:
        if request.url != self.own:
            self._note(f"request: {request.url[:200]}")

    def _dismiss(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()
