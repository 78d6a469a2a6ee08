// Optional: without it every page can be read, and the form's button filters.
"use strict";

/** Hides the rows of the matrix that do not have the text, while it is typed. */
function filterWhileTyping() {
  const search = document.getElementById("search");
  const matrix = document.getElementById("matrix");
  if (!search || !matrix) return;
  const rows = [...matrix.querySelectorAll("tbody tr")].map((row) => [row, row.cells[0].textContent.toLowerCase()]);
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const [row, id] of rows) row.hidden = !id.includes(wanted);
  });
}

/** Gives every block that is meant to be copied a button. */
function addCopyButtons() {
  for (const block of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed here: select the text";
      }
    });
    block.before(button);
  }
}

filterWhileTyping();
addCopyButtons();
