// Boxes that scroll sideways (code, tables, wide equations) can be reached and scrolled
// with the keyboard. Only those that really overflow become a stop of the Tab key.
"use strict";
(() => {
  const boxes = [
    [".math-scroll", "Equation"],
    [".highlight pre, .cell_output pre, pre.literal-block", "Code"],
    [".pst-scrollable-table-container, .table-scroll", "Table"],
  ];

  function update() {
    for (const [selector, label] of boxes) {
      for (const box of document.querySelectorAll(selector)) {
        const overflows = box.scrollWidth > box.clientWidth;
        if (overflows) {
          box.tabIndex = 0;
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", label + ", scrolls sideways");
        } else {
          for (const name of ["tabindex", "role", "aria-label"]) {
            box.removeAttribute(name);
          }
        }
      }
    }
  }

  window.addEventListener("load", update); // when fonts have their widths
  window.addEventListener("resize", update);
  document.addEventListener("toggle", update, true); // a folded part is measured late
})();
