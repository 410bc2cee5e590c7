"""The directives that draw a named part of another file into a page.

An edit of the file draws the page again; a name or a file that is not there is an error
of the build, at the line of the directive.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.util.docutils import SphinxDirective


class PartOfFile(SphinxDirective):
    """A directive whose argument is a file and one of whose options names a part."""

    required_arguments = 1
    final_argument_whitespace = True

    def named_part(self, option: str, meaning: str) -> tuple[Path, str]:
        """Return the file and the name of the part, and note that the page needs it.

        Parameters
        ----------
        option : str
            The option that names the part.
        meaning : str
            What it holds, for the message.

        Returns
        -------
        path : Path
            The file.
        name : str
            The name of the part.

        Raises
        ------
        docutils.parsers.rst.DirectiveError
            If the option or the file is missing.
        """
        path = Path(self.env.relfn2path(self.arguments[0])[1])
        name = self.options.get(option)
        if not name:
            raise self.error(
                f"{self.name}: no part is named. Write `:{option}:` and {meaning}."
            )
        if not path.is_file():
            raise self.error(
                f"{self.name}: no file {self.arguments[0]}. Paths start at the chapter."
            )
        self.env.note_dependency(str(path))
        return path, name
