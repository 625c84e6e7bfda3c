// A fingerprint scanner on the clerk's machine: found, asked for one finger at a time, its signed answer handed to the
// node as it came. The node gives the number of each capture and believes nothing that it did not verify. Without
// scripts or scanner the files of the form do the same work.
(() => {
  "use strict";
  const bar = document.querySelector("[data-scanner]");
  if (!bar) return;
  const HOST = "http://127.0.0.1", BRIDGE = 4500, FIRST = 4501, LAST = 4600, AT_ONCE = 10;
  const LOOK_MS = 3000, MARGIN_MS = 15000, PAUSE_MS = 2000, KEPT = "gada-scanner";
  const words = bar.querySelector("[data-scanner-words]");
  const finds = bar.querySelector("[data-scanner-find]"), stops = bar.querySelector("[data-scanner-stop]");
  let scanner = null, stop = null;

  const say = (name, facts = {}) => {
    let text = bar.dataset[`words${name[0].toUpperCase()}${name.slice(1)}`] ?? name;
    for (const [fact, value] of Object.entries(facts)) text = text.replace(`{${fact}}`, value);
    words.textContent = text;
  };
  const mood = (state) => { bar.className = `notice is-${state}`; };
  const buttons = () => [...document.querySelectorAll("[data-scan-buttons]")];
  const show = () => {
    buttons().forEach((row) => { row.hidden = !scanner; row.querySelector("button").disabled = Boolean(stop); });
    stops.hidden = !stop;
    finds.hidden = Boolean(stop);
  };
  const json = { "Content-Type": "application/json" };
  const looked = async (address, options) => {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS), ...options });
    return answer.ok ? answer.json() : null;
  };

  // What a scanner says of itself before anything is signed for us: only to show a name.
  const nameOf = (device, port) => {
    try {
      const parts = String(device.digitalId).split(".");
      const id = JSON.parse(atob((parts[1] ?? parts[0]).replaceAll("-", "+").replaceAll("_", "/")));
      return [id.make, id.model].filter(Boolean).join(" ") || `${port}`;
    } catch { return `${port}`; }
  };
  const chosen = (devices, port, bridged) => {
    const device = Array.isArray(devices) && devices.find((each) => each.deviceId !== undefined);
    if (!device) return null;
    const parts = [device.deviceSubId ?? "0"].flat().map(String);
    return { port, bridged, device: String(device.deviceId), parts, name: nameOf(device, port) };
  };
  // A scanner of four fingers names its parts: 1 the left hand, 2 the right, 3 the thumbs.
  const partFor = (position) => {
    const wanted = [1, 6].includes(position) ? "3" : position < 6 ? "2" : "1";
    return scanner.parts.includes(wanted) ? wanted : scanner.parts[0];
  };
  const throughBridge = async () => {
    const found = await looked(`${HOST}:${BRIDGE}/scanners`).catch(() => null);
    for (const each of found ?? []) { const one = chosen(each.devices, each.port, true); if (one) return one; }
    return null;
  };
  const directly = async (port) => {
    const body = JSON.stringify({ type: "Finger" });
    const found = await looked(`${HOST}:${port}/device`, { method: "MOSIPDISC", body, headers: json }).catch(() => null);
    return chosen(found, port, false);
  };
  const find = async () => {
    scanner = null;
    say("looking"); mood("info"); finds.setAttribute("aria-busy", "true");
    scanner = await throughBridge();
    for (let port = FIRST; !scanner && port <= LAST; port += AT_ONCE) {
      const ports = Array.from({ length: AT_ONCE }, (_, step) => port + step).filter((each) => each <= LAST);
      scanner = (await Promise.all(ports.map(directly))).find(Boolean) ?? null;
    }
    finds.removeAttribute("aria-busy");
    if (scanner) { say("ready", { name: scanner.name }); localStorage.setItem(KEPT, "yes"); }
    else { say("missing"); mood("wait"); localStorage.removeItem(KEPT); }
    show();
  };

  const toNode = async (address, fields) => {
    const form = new FormData();
    form.append("csrfmiddlewaretoken", document.querySelector("#prints [name=csrfmiddlewaretoken]").value);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const answer = await fetch(address, { method: "POST", body: form, credentials: "same-origin" }).catch(() => null);
    if (!answer) throw new Error(bar.dataset.wordsOffline);
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.words ?? bar.dataset.wordsOffline);
    return said;
  };
  const toScanner = async (asked, signal) => {
    const waits = AbortSignal.any([signal, AbortSignal.timeout(Number(asked.timeout) + MARGIN_MS)]);
    const [address, method, body] = scanner.bridged
      ? [`${HOST}:${BRIDGE}/capture`, "POST", { port: scanner.port, request: asked }]
      : [`${HOST}:${scanner.port}/capture`, "RCAPTURE", asked];
    try {
      const answer = await fetch(address, { method, body: JSON.stringify(body), headers: json, signal: waits });
      return new Blob([await answer.arrayBuffer()]);
    } catch {
      throw new Error(signal.aborted ? bar.dataset.wordsStopped : bar.dataset.wordsLost);
    }
  };
  const refresh = async (position, onward) => {
    const answer = await fetch(bar.dataset.page, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = holder.content.querySelector("#prints");
    if (!fresh) return;
    document.getElementById("prints").replaceWith(fresh);
    window.htmx?.process(fresh);
    show();
    const untried = [...fresh.querySelectorAll("fieldset:not(:has(.tries)) [data-scan]")];
    (onward && untried[0] || fresh.querySelector(`[data-scan="${position}"]`))?.focus();
  };
  const pause = (signal) => new Promise((done) => {
    const timer = setTimeout(done, PAUSE_MS);
    signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });

  const scan = async (position, finger) => {
    if (!scanner || stop) return;
    stop = new AbortController();
    const signal = stop.signal;
    show();
    try {
      for (let again = true; again && !signal.aborted;) {
        mood("info"); say("place", { finger });
        const device = scanner.device, part = partFor(Number(position));
        const asked = await toNode(bar.dataset.begin, { member: bar.dataset.member, position, device, part });
        const answer = await toScanner(asked, signal);
        say("measuring");
        const made = await toNode(bar.dataset.keep, { transaction: asked.transactionId, answer });
        await refresh(position, made.good);
        mood(made.good ? "good" : "wait");
        again = made.again;
        words.textContent = again ? `${made.words} ${bar.dataset.wordsAgain}` : made.words;
        if (again) await pause(signal);
      }
    } catch (trouble) {
      mood("wait");
      words.textContent = trouble.message;
    }
    stop = null;
    show();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scan], [data-scanner-find], [data-scanner-stop]");
    if (!button) return;
    if (button === finds) find();
    else if (button === stops) stop?.abort();
    else {
      const choice = document.getElementById(button.dataset.scanOf);
      if (choice) scan(choice.value, choice.selectedOptions[0].textContent);
      else scan(button.dataset.scan, button.dataset.finger);
    }
  });
  document.addEventListener("htmx:afterSettle", show);
  bar.hidden = false;
  say("none");
  show();
  if (localStorage.getItem(KEPT)) find();
})();
