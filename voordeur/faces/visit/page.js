/* Only makes leaving nicer; everything works without it. Kept small: it stands in every page.
   1. Leaving hides the page first, then goes, in place of this entry of the history.
   2. Three times Escape leaves, also while typing (not while a word is being composed).
   3. A page that comes back from memory is hidden and asked for anew: a burned address leads away.
   4. A form is sent without a new entry in the history: the answer takes the place of the page. When that fails,
      the form is sent as it would be without script; so is one that leads to another door of ours. */
(function () {
  var d = document, root = d.documentElement, exit = d.getElementById("exit"), times = [], busy = false;
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
  d.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter, body;
    if (!window.fetch || !window.URLSearchParams || !button || "leadsOut" in form.dataset) { return; }
    event.preventDefault();
    if (busy) { return; }
    busy = true;
    body = new URLSearchParams(new FormData(form));
    if (button.name) { body.append(button.name, button.value); }
    fetch(form.getAttribute("action"), { method: "POST", body: body, redirect: "manual" }).then(function (answer) {
      if (answer.type === "opaqueredirect") { location.replace(location.href); return ""; }
      return answer.text();
    }).then(function (html) {
      if (!html) { return; }
      d.open(); d.write(html); d.close();
      scrollTo(0, 0);
    }, function () {
      var kept = d.createElement("input");
      kept.type = "hidden"; kept.name = button.name; kept.value = button.value;
      form.append(kept);
      form.submit();
    });
  });
})();
