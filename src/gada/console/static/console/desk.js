// Registration: lines for the people of a family, and what was understood of a birth. Without scripts the same form works.
(() => {
  "use strict";
  const ECHO_PAUSE_MS = 600, PLACE_PAUSE_MS = 600;
  // Consents: where nobody gives a photo or prints, nothing is left but to register, and the button says so.
  const answers = document.querySelector("form[data-answers]");
  if (answers) {
    const button = answers.querySelector("[data-registers]"), words = button.querySelector("span");
    const goesOn = words.textContent;
    const settle = () => {
      const taken = ["prints", "photo"].some((purpose) => answers.elements[`answer_${purpose}`].value !== "no");
      words.textContent = taken ? goesOn : button.dataset.registers;
      button.value = taken ? "on" : "register";
    };
    answers.addEventListener("change", settle);
    settle();
  }

  // Places: what begins as typed, from the gazetteer and from where families live already.
  const places = document.querySelector("datalist[data-places]");
  const ask = async (address, fields, form) => {
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    const answer = await fetch(address, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    return answer?.ok ? answer.json() : null;
  };
  let placePause = 0;
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!places || !input.matches("[data-place]")) return;
    clearTimeout(placePause);
    if (input.value.trim().length < 2 || input.value.includes(" · ")) return;
    placePause = setTimeout(async () => {
      const found = await ask(places.dataset.places, { place: input.value }, input.form);
      if (!found) return;
      places.replaceChildren(...found.places.map(([value, inside]) => {
        const option = document.createElement("option");
        option.value = value;
        option.textContent = inside;
        return option;
      }));
    }, PLACE_PAUSE_MS);
  });

  // Births: what was understood, said back a moment after it was typed.
  const pauses = new WeakMap();
  const echo = async (input) => {
    const said = input.closest("[data-row]").querySelector("[data-birth-said]"), text = input.value;
    if (!text.trim()) { said.textContent = ""; return; }
    const heard = await ask(input.form.dataset.understood, { birth: text }, input.form);
    if (!heard || input.value !== text) return;
    const { understood, words } = heard;
    said.textContent = words;
    said.classList.toggle("is-refused", !understood);
    input.setAttribute("aria-invalid", String(!understood));
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches("form[data-understood] [data-birth]")) return;
    clearTimeout(pauses.get(event.target));
    pauses.set(event.target, setTimeout(() => { pauses.delete(event.target); echo(event.target); }, ECHO_PAUSE_MS));
  });
  document.addEventListener("change", (event) => {  // left before the pause was over
    if (!pauses.has(event.target)) return;
    clearTimeout(pauses.get(event.target));
    pauses.delete(event.target);
    echo(event.target);
  });

  const sheet = document.querySelector("form[data-sheet]");
  if (!sheet) return;
  const list = sheet.querySelector("[data-rows]"), pattern = sheet.querySelector("[data-next-row]");
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const control = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const numberOf = (row) => Number(control(row, "given").name.split("-")[1]);

  const addRow = () => {
    const last = rows().at(-1), number = last ? numberOf(last) + 1 : 0;
    const holder = document.createElement("template");
    holder.innerHTML = pattern.innerHTML.replaceAll("__n__", String(number));
    const row = holder.content.firstElementChild, head = rows()[0];
    if (head) {
      control(row, "surname").value = control(head, "surname").value;
      control(row, "residence_status").value = control(head, "residence_status").value;
    }
    if (number === 1) control(row, "relationship").value = "spouse";
    list.append(row);
    return row;
  };
  const goTo = (row) => { const given = control(row, "given"); given.focus(); given.select(); };
  const onward = (row) => {
    const all = rows(), next = all[all.indexOf(row) + 1];
    if (next) goTo(next);
    else if (control(row, "given").value.trim()) goTo(addRow());
    else sheet.querySelector("button[value=next]").click();
  };

  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.matches("input, select")) return;
    const row = event.target.closest("[data-row]");
    event.preventDefault();
    if (row) onward(row);
    else if (event.target.compareDocumentPosition(list) & Node.DOCUMENT_POSITION_FOLLOWING) goTo(rows().at(0));
    else sheet.querySelector("button[value=next]").click();
  });
  sheet.addEventListener("click", (event) => {
    if (!event.target.closest("[data-adds]")) return;
    event.preventDefault();
    goTo(addRow());
  });
})();
