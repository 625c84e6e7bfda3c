// A finger on the reader is a whole request: choosing the file sends its form.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("input[type=file][data-sends]") || !input.files.length) return;
  input.closest(".scan")?.setAttribute("aria-busy", "true");
  input.form.requestSubmit(input.form.querySelector("[type=submit]"));
});
