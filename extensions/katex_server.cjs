// Typesets one formula a line: a JSON request on stdin, a JSON answer on stdout.
//
// The first line is {"katex": directory of the package, "macros": {...}}, answered by
// {"version"}. Then {"tex", "display"} is answered by {"html"}, or by {"error",
// "position"} where the formula is not valid; position counts characters from zero.
"use strict";
const lines = require("readline").createInterface({ input: process.stdin });
let katex = null;
let macros = {};

function start(options) {
  katex = require(options.katex);
  macros = options.macros;
  return { version: katex.version };
}

function typeset({ tex, display }) {
  try {
    const html = katex.renderToString(tex, {
      displayMode: display,
      output: "htmlAndMathml",
      strict: "error", // what LaTeX would not accept is an error here as well
      macros: { ...macros }, // \gdef in one formula must not reach the next one
    });
    return { html };
  } catch (error) {
    return {
      error: String(error.rawMessage || error.message),
      position: Number.isInteger(error.position) ? error.position : 0,
    };
  }
}

lines.on("line", (line) => {
  const request = JSON.parse(line);
  const answer = katex === null ? start(request) : typeset(request);
  process.stdout.write(JSON.stringify(answer) + "\n");
});
