// For a host's own website: puts their booking button where this script stands.
//   <script src="https://…/embed.js" data-host="…" async></script>
// It makes one frame and nothing else. Who may show the frame is decided by the server's operator.
(() => {
  const script = document.currentScript;
  if (!script || !script.dataset.host) return;
  const address = new URL(`/embed/${encodeURIComponent(script.dataset.host)}`, script.src);
  if (script.dataset.service) address.searchParams.set("service", script.dataset.service);
  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = script.dataset.title || "Book";
  frame.loading = "lazy";
  Object.assign(frame.style, { border: "0", width: "100%", maxWidth: "26rem", height: "10.25rem" });
  script.after(frame);
})();
