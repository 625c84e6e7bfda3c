// What the pages add when scripts run: keys, help, busy buttons, drafts, dialogs, photo previews, toasts.
// Nothing here is needed to do the work, and nothing typed is ever kept in the browser's own storage.
(() => {
  "use strict";
  const body = document.body;
  const french = document.documentElement.lang.startsWith("fr");
  const SINGLE_KEYS = "gada-single-keys";
  const DRAFT_PAUSE_MS = 800, DRAFT_RETRY_MS = 5000, TOAST_MS = 8000;

  const clock = (at) => {
    const minutes = String(at.getMinutes()).padStart(2, "0");
    return french ? `${at.getHours()}\u00a0h\u00a0${minutes}` : `${at.getHours()}:${minutes}`;
  };
  const singleKeysWork = () => localStorage.getItem(SINGLE_KEYS) !== "off";
  const isTyping = (target) =>
    target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target.tagName === "INPUT" && !/^(button|submit|checkbox|radio|file)$/.test(target.type));
  const isShown = (element) => element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;

  // A page whose certificate depends on the time compares the node's clock with this machine's.
  const DAY_MS = 86400000;
  for (const notice of document.querySelectorAll("[data-clock]")) {
    notice.hidden = Math.abs(Date.now() - Number(notice.dataset.clock) * 1000) < DAY_MS;
  }

  // Keys: an element says data-key="i"; the innermost open dialog listens alone.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const typing = isTyping(event.target);
    if (typing && pressed !== "Escape") return;
    const named = pressed.length > 1;
    if (!named && !singleKeysWork()) return;
    // Enter and Space already mean something on a link or a button.
    if ((pressed === "Enter" || pressed === " ") && event.target.closest("a, button, summary, label, input")) return;
    const dialogs = document.querySelectorAll("dialog[open]");
    if (pressed === "?" && !dialogs.length) { event.preventDefault(); showHelp(); return; }
    const scope = dialogs.length ? dialogs[dialogs.length - 1] : document;
    const wanted = [...scope.querySelectorAll("[data-key]")]
      .find((element) => element.dataset.key.toLowerCase() === pressed.toLowerCase() && !element.disabled && isShown(element));
    if (!wanted) return;
    event.preventDefault();
    if (wanted.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) { wanted.focus(); wanted.select?.(); }
    else wanted.click();
  });

  const showHelp = () => {
    const help = document.getElementById("help");
    if (!help) return;
    const list = help.querySelector("[data-keys]");
    list.querySelectorAll("[data-found]").forEach((row) => row.remove());
    const known = new Set();
    for (const element of document.querySelectorAll("[data-key]")) {
      if (known.has(element.dataset.key) || !isShown(element)) continue;
      known.add(element.dataset.key);
      const row = document.createElement("div"), term = document.createElement("dt"), words = document.createElement("dd");
      const cap = document.createElement("kbd");
      cap.className = "key";
      cap.textContent = element.querySelector(".key")?.textContent ?? element.dataset.keyName ?? element.dataset.key.toUpperCase();
      words.textContent = element.dataset.keyLabel ?? element.getAttribute("aria-label") ??
        element.labels?.[0]?.textContent ?? (element.querySelector(".rung-words strong") ?? element.querySelector("span") ?? element).textContent;
      row.dataset.found = "";
      term.append(cap); row.append(term, words); list.append(row);
    }
    help.showModal();
  };

  // One listener for everything that is clicked, so rows swapped in by htmx work too.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) { event.preventDefault(); document.getElementById(opener.dataset.opens)?.showModal(); return; }
    const closer = event.target.closest("[data-closes]");
    if (closer) { closer.closest("dialog")?.close(); return; }
    const dismisser = event.target.closest("[data-dismiss]");
    if (dismisser) { dismisser.closest("[data-toast]")?.remove(); return; }
    if (event.target.closest("[data-prints]")) window.print();
    if (event.target.closest("[data-helps]")) showHelp();
  });

  // A form is sent once: the button turns, a second press does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.hasAttribute("data-many")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  const rest = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  };
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(rest));
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.target.closest?.("form"); if (form) rest(form); });

  // Drafts: <form data-draft="/address/"> is posted there as typed; [data-draft-status] inside says when.
  const drafts = new WeakMap();
  const saveDraft = async (form, leaving = false) => {
    const status = form.querySelector("[data-draft-status]");
    try {
      // Lines of empty fields would be most of what is sent over a slow link: nothing typed says the same.
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        if (!(value instanceof File) && (value || !name.startsWith("members-"))) fields.append(name, value);
      }
      const answer = await fetch(form.dataset.draft, { method: "POST", body: fields, keepalive: leaving, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      drafts.delete(form);
      if (status) status.textContent = body.dataset.saved.replace("{time}", clock(new Date()));
    } catch {
      if (status) status.textContent = body.dataset.unsaved;
      drafts.set(form, setTimeout(() => saveDraft(form), DRAFT_RETRY_MS));
    }
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form) return;
    clearTimeout(drafts.get(form));
    drafts.set(form, setTimeout(() => saveDraft(form), DRAFT_PAUSE_MS));
  });
  window.addEventListener("pagehide", () => {
    for (const form of document.querySelectorAll("form[data-draft]")) {
      if (!drafts.has(form) || form.dataset.sent) continue;
      clearTimeout(drafts.get(form));
      saveDraft(form, true);
    }
  });

  // Photo preview, drawn on a canvas: no address for the picture is ever made.
  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (input.matches("[data-single-keys]")) { localStorage.setItem(SINGLE_KEYS, input.checked ? "on" : "off"); return; }
    const canvas = input.dataset?.preview && document.getElementById(input.dataset.preview);
    if (!canvas) return;
    canvas.hidden = true;
    if (!input.files[0]) return;
    const picture = await createImageBitmap(input.files[0]).catch(() => null);
    if (!picture) return;  // not a picture this browser reads; the server will say so
    const scale = Math.max(canvas.width / picture.width, canvas.height / picture.height);
    const width = picture.width * scale, height = picture.height * scale;
    canvas.getContext("2d").drawImage(picture, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    canvas.hidden = false;
  });

  // Toasts leave by themselves unless read with the pointer or the keyboard.
  const watchToast = (toast) => {
    const leave = () => toast.matches(":hover, :focus-within") ? setTimeout(leave, TOAST_MS) : toast.remove();
    setTimeout(leave, TOAST_MS);
  };
  const settle = (root) => {
    root.querySelectorAll?.("#toasts [data-toast]").forEach(watchToast);
    root.querySelectorAll?.("dialog[data-open]:not([open])").forEach((dialog) => dialog.showModal());
    root.querySelector?.("[data-focus]")?.focus();
    // A table that fits is not a stop on the keyboard's way.
    root.querySelectorAll?.(".frame").forEach((frame) => {
      if (frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight) frame.removeAttribute("tabindex");
    });
  };
  const toggle = document.querySelector("[data-single-keys]");
  if (toggle) toggle.checked = singleKeysWork();
  settle(document);
  document.addEventListener("htmx:load", (event) => settle(event.target));
})();
