/* The line to the server: questions as JSON over POST, and the stream that says that something changed (no content).
   A failure has `status`: 0 without an answer, else the answer's; `told` is the sentence of the server, if any. */
(function () {
  const v = window.voordeur, PATIENCE = 20000, MOST_PAUSE = 15000;
  let stream = null, heard = null, pause = 1000, timer = 0, wasBroken = false;

  v.post = async (path, body) => {
    const given = new AbortController(), clock = setTimeout(() => given.abort(), PATIENCE);
    let answer, data = {};
    try {
      answer = await fetch(path, {
        method: "POST", body: JSON.stringify(body || {}), cache: "no-store", credentials: "same-origin",
        redirect: "error", signal: given.signal, headers: { "Content-Type": "application/json", "X-Voordeur": "1" }
      });
      /* A good answer that breaks off halfway is none; of a refusal the status is enough. */
      data = await answer.json().catch(broken => { if (answer.ok) { throw broken; } return {}; });
    } catch {
      throw Object.assign(Error("no-answer"), { status: 0, data });
    } finally { clearTimeout(clock); }
    if (answer.status === 401) { isSignedOut(true); }
    if (!answer.ok) { throw Object.assign(Error("refused"), { status: answer.status, data, told: data.error }); }
    isSignedOut(false);
    return data;
  };
  v.pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));

  let isOut = false, isBroken = false;
  function tell() {
    const banner = v.by("broken"), key = isOut ? "signed-out" : isBroken ? "line-broken" : "";
    if (banner.dataset.key === key) { return; }
    banner.dataset.key = key;
    banner.replaceChildren(key ? v.word(key) : "");
    if (isOut) {
      const link = Object.assign(document.createElement("a"), { href: "/", target: "_blank", rel: "noreferrer" });
      link.textContent = v.word("to-sign-in");
      banner.append(" ", link);
    }
  }
  function isSignedOut(is) { isOut = is; tell(); }
  function broken(is) {
    if (isBroken && !is) { v.say(v.word("line-back")); }
    isBroken = is;
    tell();
  }

  /* `heard(change)` gets each change; {k: "again"} after the line was broken: then everything is asked for anew. */
  function connect() {
    clearTimeout(timer);
    if (stream) { stream.close(); }
    stream = new EventSource("/stream");
    stream.onopen = () => {
      pause = 1000;
      broken(false);
      if (wasBroken) { wasBroken = false; heard({ k: "again" }); }
    };
    stream.onmessage = event => {
      let change;
      try { change = JSON.parse(event.data); } catch { return; }
      heard(change);
    };
    stream.onerror = () => {
      wasBroken = true;
      broken(true);
      stream.close();
      timer = setTimeout(connect, pause);
      pause = Math.min(MOST_PAUSE, pause * 2);
    };
  }
  v.listen = listener => {
    heard = listener;
    wasBroken = false;
    connect();
  };
  v.deafen = () => {
    clearTimeout(timer);
    if (stream) { stream.close(); }
    stream = null;
    broken(false);
  };
  addEventListener("online", () => { if (stream && isBroken) { connect(); } });
})();
