/* Only makes leaving nicer; everything works without it. Kept small: it stands in every page.
   1. Leaving hides the page first, then goes, in place of this entry of the history.
   2. Three times Escape leaves, also while typing (not while a word is being composed).
   3. A page that comes back from memory is hidden and asked for anew: a burned address leads away. */
(function () {
  var d = document, root = d.documentElement, exit = d.getElementById("exit"), times = [];
  function leave(event) {
    if (event) { event.preventDefault(); }
    root.style.display = "none";
    location.replace(exit.href);
  }
  exit.addEventListener("click", leave);
  d.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || event.isComposing || event.repeat) { return; }
    var now = Date.now();
    times = times.filter(function (time) { return now - time < 1500; });
    times.push(now);
    if (times.length > 2) { leave(); }
  });
  addEventListener("pageshow", function (event) {
    if (event.persisted) { root.style.display = "none"; location.replace(location.href); }
  });
})();
