/* A conversation with script: sealed and opened here, live, and nothing lost when the line breaks. Without it the same
   page works with a frame that grows and a plain form.
   1. A text gets its id and its place in the row here, stays on screen until the server has it, and is sent again
      with the same id as often as needed: it arrives once.
   2. The stream is read by fetch, with the pass in the body; when it breaks it goes on after the last one seen.
   3. Keys stand in this page's memory only. */
(function () {
  var d = document, v = window.voordeur, say = d.getElementById("say"), noscript = d.querySelector("#said noscript");
  if (window.voordeurStop) { window.voordeurStop(); }
  if (!say) { return; }
  if (!window.crypto || !crypto.subtle || !window.fetch || !window.ReadableStream || !v.sealEnvelope) {
    if (noscript) { noscript.parentNode.innerHTML = noscript.textContent; }
    return;
  }
  var data = say.dataset, words = JSON.parse(data.words), box = d.getElementById("text"), log = d.getElementById("log");
  var line = d.getElementById("line"), danger = d.getElementById("danger"), pass = say.elements.c;
  var keys = {}, mine = {}, seen = {}, waiting = [], busy = false;
  var epoch = +data.epoch, next = +data.next, last = +data.base;
  var stopped = false, control = null, typedAt = 0, typingTimer = 0, wait = 500, first, told = last, hears = 500, watch;
  window.voordeurStop = function () { stopped = true; clearInterval(watch); if (control) { control.abort(); } };

  function learn(more) { for (var at in more) { keys[at] = v.fromBase64(more[at]); } }
  if (data.keys) { learn(JSON.parse(data.keys)); }
  /* Rejected when it should be tried again: no line, too many (429), or broken on the other side (5xx). */
  function ask(fields) {
    var body = new URLSearchParams(fields);
    body.set("c", pass ? pass.value : ""); body.set("l", data.language);
    return fetch(data.home + "/j", { method: "POST", body: body, redirect: "manual" }).then(function (answer) {
      if (answer.type === "opaqueredirect") { location.replace(location.href); throw Error("burned"); }
      return answer.json().then(function (said) {
        if (answer.status === 429 || answer.status >= 500) { throw said.error || "later"; }
        return said;
      });
    });
  }
  function clean(text) {
    return text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]|\p{Cs}/gu, "");
  }
  function hex() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (one) {
      return (one + 256).toString(16).slice(1);
    }).join("");
  }
  function folded(text) {
    return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[’‘`´]/g, "'");
  }
  function tokens(text) { return folded(text).match(/[\p{L}]+|\d+/gu) || []; }
  function isDanger(text) {
    var whole = " " + (folded(text).match(/[\p{L}\p{N}]+/gu) || []).join(" ") + " ";
    return data.danger.split("\n").some(function (word) { return word && whole.indexOf(word) >= 0; });
  }
  function mark(token) {
    var sum = 0, at;
    for (at = 1; at < 5 && at <= token.length; at++) { sum += token.charCodeAt(at - 1) * (at * at + 3); }
    return (sum % 251 + 256).toString(16).slice(1);
  }
  /* One byte of each word, by which the server sees whether a text holds the code; this page does not know it. */
  function marks(text) {
    var found = [];
    if (!data.guard) { return ""; }
    tokens(text).forEach(function (token) {
      if (/^\d+$/.test(token)) { found.push.apply(found, token.match(/\d{4}/g) || []); } else { found.push(token); }
    });
    return found.slice(0, 2000).map(mark).join("");
  }
  function now() { return new Date().toISOString().slice(0, 16) + "Z"; }
  function clock(at) {
    var time = new Date(at.length === 17 ? at.slice(0, 16) + ":00Z" : NaN);
    if (isNaN(time)) { return ""; }
    return time.toLocaleTimeString("nl-NL", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Amsterdam" });
  }
  /* In the order in which the server keeps them; what is not there yet stands last. */
  function put(item, place) {
    var after = Array.from(log.children).find(function (one) { return one !== item && one.place > place; }) || null;
    item.place = place;
    if (!item.parentNode || after !== item.nextSibling) { log.insertBefore(item, after); }
  }
  function show(said, isOwn, place) {
    var item = d.createElement("li"), head = d.createElement("p"), text = d.createElement("p");
    var who = [said.by, words.roles[said.role]].filter(Boolean).join(", ") || words.desk;
    if (isOwn) { who = words.you; }
    item.className = isOwn ? "own" : "theirs";
    head.className = "small"; text.className = "text"; text.dir = "auto";
    head.textContent = [who, clock(said.at || "")].filter(Boolean).join(" · ");
    text.textContent = said.t;
    if (words.kinds[said.kind]) {
      var to = said.kind === "passed_on" && said.to, at = to && Object.keys(to)[0];
      text.textContent = (to ? words.passedTo : words.kinds[said.kind])
        .replace("%(name)s", function () { return said.by || who; })
        .replace("%(to)s", function () { return to[data.language] || to[at] || words.elsewhere; });
    }
    if (said.lang) { text.lang = said.lang; }
    item.append(head, text);
    put(item, place);
    log.scrollTop = log.scrollHeight;
    return { item: item, head: head, base: head.textContent };
  }
  function warn(text) {
    var note = d.getElementById("held") || d.createElement("p");
    note.id = "held"; note.className = "note"; note.setAttribute("role", "alert"); note.textContent = text;
    say.before(note);
  }

  /* The text goes back to where it was typed, before what was typed since. */
  function giveBack(one, why) {
    if (one.shown) { one.shown.item.remove(); }
    if (box.value.trim() !== one.text.trim()) { box.value = one.text + (box.value ? "\n" + box.value : ""); }
    warn(why);
  }
  function push(text, isNew) {
    var shown = log && show({ t: text, at: now(), lang: data.language }, true, Infinity);
    if (shown) { shown.head.textContent = words.you + " · " + words.sending; }
    isNew = isNew || hex();
    mine[isNew] = true;
    first = { text: text, id: isNew, shown: shown, danger: isDanger(text) ? "1" : "", at: now() };
    waiting.push(first);
    if (first.danger) { danger.hidden = false; }
    return flush();
  }
  function flush() {
    if (busy || !waiting.length || stopped) { return Promise.resolve(); }
    busy = true;
    var one = waiting[0], said = { t: one.text, at: one.at, by: "", role: "visitor", kind: "text", ref: "" };
    said.lang = data.language;
    var nth = next, inEpoch = epoch;
    return v.sealEnvelope(keys[inEpoch], data.conversation, "v", nth, JSON.stringify(said)).then(function (sealed) {
      var sends = { "do": "say", m: one.id, q: nth, e: inEpoch, x: v.toBase64(sealed), d: one.danger };
      sends.w = marks(one.text);
      return ask(sends);
    }).then(function (answer) {
      busy = false; wait = 500;
      if (answer.keys) { learn(answer.keys); epoch = answer.epoch; next = answer.next; return flush(); }
      waiting.shift();
      if (answer.error || !answer.place) { giveBack(one, answer.error || words.again); return flush(); }
      if (!answer.again) { next = nth + 1; }
      one.isSent = true;
      seen[answer.place] = true;
      if (one.shown) { one.shown.head.textContent = one.shown.base; put(one.shown.item, answer.place); }
      return flush();
    }, function (why) {
      busy = false;
      if (why && why.message === "long") { waiting.shift(); giveBack(one, words["long"]); return flush(); }
      if (one.shown) { one.shown.head.textContent = words.you + " · " + words.kept; }
      return new Promise(function (done) {
        wait = Math.min(wait * 2, 8000);
        setTimeout(function () { done(flush()); }, wait);
      });
    });
  }

  d.addEventListener("submit", function (event) {
    var button = event.submitter, text = clean(box.value);
    if (!button || event.defaultPrevented) { return; }
    if (event.target !== say || button.value !== "talk:say") { carry(event.target); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!text.trim()) { warn(words.empty); return; }
    if (Array.from(text).length > 4000) { warn(words["long"]); return; }
    if (d.getElementById("held")) { d.getElementById("held").remove(); }
    if (log) { box.value = ""; box.focus(); push(text); return; }
    begin(text, button);
  }, true);
  box.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      say.querySelector("button.go").click();
    }
  });
  box.addEventListener("input", function () {
    if (log && Date.now() - typedAt > 3000 && box.value) {
      typedAt = Date.now();
      ask({ "do": "typing" }).catch(function () {});
    }
  });

  /* Another button makes a new page: what is typed, and what is not sent yet, goes along to stand there again. */
  function carry(form) {
    var kept = waiting.map(function (one) { return one.text; }).concat(box.value).filter(Boolean).join("\n");
    if (form === say) { if (waiting.length) { box.value = kept; } return; }
    hide(form, "text", kept);
    if (say.elements.wish && !form.elements.wish) {
      hide(form, "wish", say.elements.wish.value); hide(form, "spoken", say.elements.spoken.value);
    }
  }
  function hide(form, name, value) {
    var field = d.createElement("input");
    field.type = "hidden"; field.name = name; field.value = value;
    if (!form.elements[name]) { form.append(field); }
    return field;
  }
  function go(value) {
    var button = d.createElement("button");
    button.name = "go"; button.value = value; button.hidden = true;
    say.append(button); stopped = true; button.click();
  }
  function begin(text, button) {
    var wish = say.elements.wish, spoken = say.elements.spoken, id = say.elements.m.value;
    if (isDanger(text)) { danger.hidden = false; }
    button.disabled = true;
    var to = say.elements.to ? say.elements.to.value : "";
    ask({ "do": "begin", m: id, wish: wish.value, spoken: spoken.value, to: to, d: isDanger(text) ? "1" : "" })
      .then(function (answer) {
        if (answer.error) { button.disabled = false; warn(answer.error); return; }
        pass = hide(say, "c", answer.c);
        data.conversation = answer.conversation; learn(answer.keys); epoch = answer.epoch; next = answer.next;
        return push(text, id).then(function () {
          if (first.isSent) { box.value = ""; }
          go("talk");
        });
      }, function (why) {
        button.disabled = false;
        warn(typeof why === "string" && why !== "later" ? why : words.waiting);
      });
  }

  function take(event) {
    if (event.keys) { learn(event.keys); if (event.epoch > epoch) { epoch = event.epoch; } }
    if (event.state) { d.getElementById("state").textContent = event.state; }
    if (event.k === "typing") {
      line.textContent = words.typing;
      clearTimeout(typingTimer);
      typingTimer = setTimeout(function () { line.textContent = ""; }, 5000);
    } else if (event.k === "gone") {
      go("talk");
    } else if (event.k === "said") {
      return event.m.reduce(function (before, one) {
        return before.then(function () {
          last = Math.max(last, one[0]);
          if (seen[one[0]] || !keys[one[3]]) { return; }
          seen[one[0]] = true;
          if (mine[one[5]]) { return; }
          if (one[1] === "v" && one[2] >= next) { next = one[2] + 1; }
          var sealed = v.fromBase64(one[4]);
          return v.openEnvelope(keys[one[3]], data.conversation, one[1], one[2], sealed).then(function (text) {
            show(JSON.parse(text), one[1] === "v", one[0]);
            line.textContent = "";
          }).catch(function () {});
        });
      }, Promise.resolve());
    }
    return Promise.resolve();
  }
  function listen() {
    if (stopped || !log) { return; }
    control = new AbortController();
    var body = new URLSearchParams({ c: pass.value, after: last, l: data.language });
    var rest = "", chain = Promise.resolve();
    function again() {
      if (stopped) { return; }
      line.textContent = words.waiting;
      setTimeout(listen, (hears = Math.min(hears * 2, 8000)) * (.5 + Math.random()));
    }
    var asks = { method: "POST", body: body, redirect: "manual", signal: control.signal };
    fetch(data.home + "/k", asks).then(function (answer) {
      if (answer.type === "opaqueredirect") { location.replace(location.href); return; }
      if (answer.status === 410) { go("talk"); return; }
      if (answer.status !== 200) { again(); return; }
      var reader = answer.body.getReader(), decoder = new TextDecoder();
      hears = 250;
      line.textContent = "";
      return (function more() {
        return reader.read().then(function (part) {
          if (part.done) { return again(); }
          rest += decoder.decode(part.value, { stream: true });
          var whole = rest.split("\n");
          rest = whole.pop();
          whole.filter(Boolean).forEach(function (text) {
            chain = chain.then(function () { return stopped || take(JSON.parse(text)); }).then(tell);
          });
          return more();
        });
      })();
    }).catch(again);
  }
  /* What is shown is told, for only then is it known to have arrived: a code leads to what is new. */
  function tell() {
    if (stopped || last <= told) { return; }
    told = last;
    ask({ "do": "seen", n: last }).catch(function () { told = 0; });
  }
  if (log) {
    log.hidden = false;
    d.getElementById("plain").hidden = true;
    listen();
    watch = setInterval(function () { if (!log.isConnected) { window.voordeurStop(); } }, 500);
  }
})();
