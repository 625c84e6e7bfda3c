// A photo by the camera of this device, or from a file: made small here, before it goes over a slow link.
// The server makes it anew all the same. Without scripts, or without a camera, the file field works alone.
(() => {
  "use strict";
  const LONGEST = 960, QUALITY = 0.85;
  const ours = (element) => element.closest("[data-camera]");
  const part = (box, name) => box.querySelector(`[data-${name}]`);
  let stream = null;

  const close = () => { stream?.getTracks().forEach((track) => track.stop()); stream = null; };
  const small = (picture, width, height) => new Promise((done) => {
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(done, "image/jpeg", QUALITY);
  });
  const hand = (input, blob) => {
    const files = new DataTransfer();
    files.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
    input.files = files.files;
    input.dispatchEvent(new CustomEvent("ready", { bubbles: true }));
  };

  const offer = (root) => {
    if (!navigator.mediaDevices?.getUserMedia) return;
    root.querySelectorAll("[data-camera-buttons]").forEach((buttons) => { buttons.hidden = false; });
  };
  document.addEventListener("click", async (event) => {
    const box = ours(event.target);
    if (!box) return;
    const view = part(box, "view"), words = part(box, "camera-words"), takes = part(box, "takes");
    if (event.target.closest("[data-opens-camera]")) {
      close();
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, facingMode: "user" }, audio: false });
      } catch {
        words.textContent = box.dataset.refused;
        words.hidden = false;
        return;
      }
      words.hidden = true;
      view.srcObject = stream;
      view.hidden = false;
      box.querySelector("img.photo")?.remove();
      await view.play();
      takes.hidden = false;
      takes.focus();
    } else if (event.target.closest("[data-takes]") && view.videoWidth) {
      const blob = await small(view, view.videoWidth, view.videoHeight);
      close();
      view.hidden = true;
      hand(box.querySelector("input[type=file]"), blob);
    }
  });
  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (!input.matches?.("[data-shrinks]") || !input.files[0]) return;
    const picture = await createImageBitmap(input.files[0]).catch(() => null);
    if (!picture) { input.dispatchEvent(new CustomEvent("ready", { bubbles: true })); return; }  // the server says what is wrong
    hand(input, await small(picture, picture.width, picture.height));
  });
  window.addEventListener("pagehide", close);
  offer(document);
  document.addEventListener("htmx:load", (event) => offer(event.target));
})();
