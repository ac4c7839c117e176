// The page that stands in for any other without a network. It carries its few words itself,
// because nothing else can be fetched, and makes room as soon as the network is back.
const WORDS = {
  de: ["Keine Verbindung", "Diese Seite öffnet sich von selbst, sobald das Netz wieder da ist.", "Noch einmal versuchen"],
  es: ["Sin conexión", "Esta página se abrirá sola en cuanto vuelva la red.", "Intentar de nuevo"],
  fr: ["Pas de connexion", "Cette page s’ouvrira d’elle-même dès que le réseau sera de retour.", "Réessayer"],
  sw: ["Hakuna muunganisho", "Ukurasa huu utafunguka wenyewe mtandao utakaporudi.", "Jaribu tena"],
  hi: ["कनेक्शन नहीं है", "नेटवर्क लौटते ही यह पेज अपने आप खुल जाएगा।", "फिर कोशिश करें"],
};

let kept = null;
try {
  kept = localStorage.getItem("parlor.language");
} catch {
  // storage is blocked: the browser's own language serves
}
const language = (kept ?? navigator.language).split("-")[0];
const button = document.querySelector("button");
const words = WORDS[language];
if (words) {
  document.documentElement.lang = language;
  document.querySelector("h1").textContent = words[0];
  document.querySelector("p").textContent = words[1];
  button.textContent = words[2];
}
// The network may be here and the server not, so the server itself is asked, now and again.
const again = () => location.reload();
const ask = () => fetch("/health", { method: "HEAD", cache: "no-store" }).then(again, () => undefined);
button.addEventListener("click", again);
window.addEventListener("online", ask);
setInterval(ask, 3000);
