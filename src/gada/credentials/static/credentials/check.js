// The code of a card by camera: read by the browser where it can, else frame by frame by the node. Nothing is kept.
(() => {
  "use strict";
  const EVERY_MS = 350, WIDTH = 1024, QUALITY = 0.8;
  const form = document.querySelector("form[data-checks]");
  if (!form || !navigator.mediaDevices?.getUserMedia) return;
  const box = form.querySelector("[data-camera]"), video = box.querySelector("video");
  const says = box.querySelector("[data-camera-says]"), starter = form.querySelector("[data-camera-button]");
  const field = form.elements.code, canvas = document.createElement("canvas");
  let stream = null, reader = null;
  starter.hidden = false;

  const stop = () => { stream?.getTracks().forEach((track) => track.stop()); stream = null; };

  const drawn = () => {
    const scale = Math.min(1, WIDTH / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  };

  const byNode = async () => {
    drawn();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    const body = new FormData();
    body.append("picture", blob, "frame.jpg");
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const answer = await fetch(form.dataset.checks, { method: "POST", body, credentials: "same-origin" });
    return answer.ok ? (await answer.json()).code : "";
  };

  const byBrowser = async () => (await reader.detect(video))[0]?.rawValue || "";

  const look = async () => {
    if (!stream) return;
    let code = "";
    if (video.videoWidth) {
      try { code = await (reader ? byBrowser() : byNode()); } catch { reader = null; }
    }
    if (code) {
      stop();
      field.value = code;
      form.requestSubmit();
      return;
    }
    setTimeout(look, EVERY_MS);
  };

  starter.querySelector("[data-camera-starts]").addEventListener("click", async () => {
    box.hidden = false;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } },
      });
    } catch {
      says.textContent = says.dataset.none;
      return;
    }
    starter.hidden = true;
    says.textContent = says.dataset.looking;
    video.srcObject = stream;
    await video.play();
    if ("BarcodeDetector" in window) {
      const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
      if (known.includes("qr_code")) reader = new BarcodeDetector({ formats: ["qr_code"] });
    }
    look();
  });
  addEventListener("pagehide", stop);
})();
