/* What stands on the desk's page: words, copies of templates, lists that keep their place. User text goes in as text
   only (textContent), never as HTML. */
(function () {
  const v = window.voordeur, words = {};
  for (const list of document.querySelectorAll("template.words")) {
    for (const one of list.content.children) { words[one.dataset.w] = one.textContent; }
  }

  v.by = id => document.getElementById(id);
  v.part = (root, name) => root.querySelector('[data-p="' + name + '"]');
  v.copy = id => document.importNode(v.by(id).content.firstElementChild, true);
  v.hasWord = key => key in words;
  v.word = (key, values = {}) => (words[key] || key).replace(/\{(\w+)\}/g, (all, name) =>
    name in values ? values[name] : all);
  /* Only when it differs: what is written again is read aloud again. */
  v.set = (node, text) => { if (node.textContent !== text) { node.textContent = text; } };
  v.show = (node, is) => { if (node.hidden === Boolean(is)) { node.hidden = !is; } };
  v.say = text => v.set(v.by("status"), text);

  /* Brings a list in line with rows that have an id: what stays keeps its node, and with it the focus. */
  v.list = (parent, rows, template, fill) => {
    const old = new Map([...parent.children].map(node => [node.dataset.id, node]));
    let place = parent.firstElementChild;
    for (const row of rows) {
      let node = old.get(row.id);
      old.delete(row.id);
      if (!node) {
        node = v.copy(template);
        node.dataset.id = row.id;
      }
      if (node === place) { place = place.nextElementSibling; } else { parent.insertBefore(node, place); }
      fill(node, row);
    }
    old.forEach(node => node.remove());
  };

  const language = document.documentElement.lang;
  let names;
  try { names = new Intl.DisplayNames([language], { type: "language" }); } catch { names = { of: code => code }; }
  v.languageName = code => {
    try { return names.of(code) || code; } catch { return code; }
  };
  /* The Dutch clock, whatever the clock of this device. */
  const ZONE = "Europe/Amsterdam";
  v.clock = at => {
    const moment = new Date(at), time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE };
    if (isNaN(moment)) { return ""; }
    const day = one => one.toLocaleDateString("en", { timeZone: ZONE });
    const isToday = day(moment) === day(new Date());
    return moment.toLocaleString(language, isToday ? time : { day: "numeric", month: "short", ...time });
  };
  /* The same clock in a box for date and time, and from it (an hour that does not exist or comes twice: one of them). */
  v.dutchClock = moment => moment.toLocaleString("sv", { timeZone: ZONE }).slice(0, 16).replace(" ", "T");
  v.fromDutchClock = typed => {
    const guess = new Date(typed + "Z"), there = new Date(v.dutchClock(guess) + "Z");
    return new Date(2 * guess - there).toISOString();
  };
  v.minuteNow = () => new Date().toISOString().slice(0, 16) + "Z";
  v.waits = minutes => {
    const count = Math.max(0, Math.floor(minutes)), hours = Math.floor(count / 60);
    if (count < 1) { return v.word("minute"); }
    return hours ? v.word("hours", { hours, count: count % 60 }) : v.word("minutes", { count });
  };
  v.marks = row => [
    row.is_danger && "\u26a0 " + v.word("danger"),
    row.alarm && "! " + v.word("late", { count: row.alarm.minutes_over })
  ].filter(Boolean).join(" · ");
  v.about = row => [
    row.door_name || row.door, row.language && v.languageName(row.language), row.way && v.word("way-" + row.way),
    row.wish && v.word("wish-" + row.wish), row.is_return && v.word("return")
  ].filter(Boolean).join(" · ");
  /* A team as visitors know it, by the name of its door; one without a door has none. */
  v.calledHere = names => String(names[language] || Object.values(names)[0] || v.word("another-desk"));
  /* A short name that two colleagues can say to each other; it tells nothing. */
  v.shortName = id => id.slice(0, 2) + "-" + id.slice(2, 4);
  v.presence = (node, presence, state) => {
    const key = state === "waiting" ? "waiting-now" : presence || "unknown";
    node.className = "presence is-" + key;
    v.set(node, v.word(key));
  };
  v.options = (select, rows, keep) => {
    const before = keep || select.value;
    select.replaceChildren(...rows.map(([value, text]) => new Option(text, value)));
    if (rows.some(([value]) => value === before)) { select.value = before; }
  };

  /* A dialog with a form of its own: `done` may fail with a sentence, which then stands in the dialog. */
  v.ask = (dialog, done) => {
    const form = dialog.querySelector("form"), wrong = v.part(dialog, "wrong"), away = v.part(dialog, "away");
    let isBusy = false;
    v.set(wrong, "");
    away.onclick = () => dialog.close();
    form.onsubmit = async event => {
      event.preventDefault();
      if (isBusy) { return; }
      isBusy = true;
      v.set(wrong, "");
      try {
        await done();
        dialog.close();
      } catch (failure) { v.set(wrong, v.whatWentWrong(failure)); } finally { isBusy = false; }
    };
    dialog.showModal();
  };
  v.whatWentWrong = failure => v.word({ 0: "no-answer", 401: "signed-out", 404: "not-here" }[failure.status]
    || failure.told || (v.hasWord(failure.message) ? failure.message : "went-wrong"));
})();
