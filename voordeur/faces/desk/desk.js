/* The desk at work: the inbox, who is on duty, conversations side by side, short keys, and locking by itself. */
(function () {
  const v = window.voordeur, IDLE = 30 * 60000, DUTY_EVERY = 30000, INBOX_EVERY = 30000, MEMBERS_EVERY = 120000;
  const REFRESH_AFTER = 400, COLUMN = 400, NARROW = matchMedia("(max-width: 59.99rem)"), ONE_SIGN = "?";
  const panes = new Map(), duty = new Set(), heardNew = new Set();
  let inbox = { waiting: [], mine: [], coached: [] }, seenWaiting = null, timers = [], lastTouch = 0, notices = [];
  let current = "", inboxTurn = 0;

  /* ------------------------------------------------------------ the inbox */
  v.refreshInbox = async () => {
    const turn = inboxTurn += 1;
    let told;
    try { [told] = await Promise.all([v.post("/api/inbox"), v.refreshHanded()]); } catch { return; }
    if (turn !== inboxTurn || !v.isOpen()) { return; }
    inbox = told;
    drawInbox();
    announce();
    const rows = new Map([...v.handed().joined, ...inbox.mine, ...inbox.coached].map(row => [row.id, row]));
    panes.forEach((pane, id) => {
      const row = rows.get(id), isMine = inbox.mine.some(one => one.id === id);
      if (!row) { notMine(pane, inbox.waiting.some(one => one.id === id)); }
      if (row && !pane.talk.isGuest) { pane.marks(row); }
      /* The visitor let the first desk go: the guest goes on with it. */
      if (isMine && pane.talk.isGuest) { pane.talk.reread(); }
      if (row && row.presence !== pane.talk.presence) { pane.heard(row.presence); }
    });
  };
  /* It may be with somebody else now; or the visitor waited while we were off duty, and then it waits for all. What
     the first inbox says after it went counts: later it may wait for another reason. */
  function notMine(pane, isWaiting) {
    const { talk } = pane;
    if (talk.renewing || pane.isSettled) { return; }
    if (isWaiting && (!talk.isOver || talk.isOver === "elsewhere")) { pane.goneBack(); }
    if (talk.isOver) { pane.isSettled = true; } else { talk.refresh(); }
  }
  function drawInbox() {
    v.list(v.by("waiting"), inbox.waiting, "a-waiting", (node, row) => {
      const take = v.part(node, "take"), marks = v.marks(row), about = v.about(row);
      v.set(v.part(node, "marks"), marks);
      v.set(v.part(node, "waits"), v.waits(row.waited_minutes));
      v.set(v.part(node, "about"), about);
      v.set(v.part(node, "why"), v.word(v.hasWord("why-" + row.why) ? "why-" + row.why : row.why || ""));
      v.show(take, row.may_take);
      take.setAttribute("aria-label", v.word("answer-to", {
        what: [marks, v.waits(row.waited_minutes), about].filter(Boolean).join(", ")
      }));
      take.onclick = () => pickUp(row.id, take);
    });
    const line = (node, row) => {
      v.set(v.part(node, "name"), v.shortName(row.id));
      v.set(v.part(node, "about"), [v.about(row), row.owner_name && v.word("of", { name: row.owner_name })]
        .filter(Boolean).join(" · "));
      v.set(v.part(node, "new"), heardNew.has(row.id) ? v.word("new") : "");
      v.set(v.part(node, "marks"), v.marks(row));
      v.set(v.part(node, "waits"), row.unanswered_minutes
        ? v.word("unanswered", { waits: v.waits(row.unanswered_minutes) }) : "");
      v.presence(v.part(node, "presence"), row.presence, "held");
      const open = v.part(node, "open");
      open.setAttribute("aria-current", String(row.id === current));
      open.onclick = () => openTalk(row.id, "/api/open", Boolean(row.owner_name));
    };
    v.list(v.by("mine"), inbox.mine, "a-mine", line);
    v.list(v.by("coached"), inbox.coached, "a-mine", line);
    v.set(v.by("waiting-count"), inbox.waiting.length ? "(" + inbox.waiting.length + ")" : "");
    v.show(v.by("nobody"), !inbox.waiting.length);
    v.show(v.by("none-mine"), !inbox.mine.length);
    v.show(v.by("coached-part"), inbox.coached.length);
    v.show(v.by("full"), inbox.is_full);
    drawTabs();
    const offered = v.handed().offers.filter(one => one.state === "offered").length;
    const count = inbox.waiting.length + heardNew.size + offered;
    document.title = (count ? "(" + count + ") " : "") + "Voordeur";
  }
  /* Said aloud once for who is new in the queue, not each time that the queue is drawn. */
  function announce() {
    const fresh = inbox.waiting.filter(row => seenWaiting && !seenWaiting.has(row.id));
    if (fresh.length) { v.say(v.word(fresh.some(row => row.is_danger) ? "new-danger" : "new-waiting")); }
    seenWaiting = new Set(inbox.waiting.map(row => row.id));
  }
  async function pickUp(id, button) {
    button.disabled = true;
    try { await openTalk(id, "/api/pick"); } finally {
      button.disabled = false;
      v.refreshInbox();
    }
  }

  /* ------------------------------------------------------------ conversations side by side */
  async function openTalk(id, path, isCoach) {
    let pane = panes.get(id), typed = "";
    if (pane && pane.talk.isOver) {  /* it was over for us, and now it is ours again */
      typed = pane.at("text").value;
      panes.delete(id);
      pane.node.remove();
      pane.forget();
      pane = null;
    }
    if (!pane) {
      pane = new v.Pane(id, leave);
      panes.set(id, pane);
      try { await pane.open(path, isCoach); } catch (failure) {
        panes.delete(id);
        return notice("talk", failure.status === 404 ? v.word("taken") : v.whatWentWrong(failure));
      }
      if (panes.get(id) !== pane) { return pane.forget(); }  /* locked meanwhile */
      v.by("talks").append(pane.node);
      if (typed && !pane.at("text").value) {
        pane.at("text").value = typed;
        pane.draftSoon();
      }
    }
    notice("talk", "");
    heardNew.delete(id);
    return show(id);
  }
  v.openTalk = openTalk;
  v.paneOf = id => panes.get(id);
  function show(id) {
    const pane = panes.get(id);
    current = id;
    if (!pane) {
      document.body.className = "work at-inbox";
      arrange();
      v.by("inbox").focus();
      return;
    }
    pane.used = Date.now();
    document.body.className = "work at-talk";
    heardNew.delete(id);
    arrange();
    pane.toEnd();
    (pane.mayWrite() ? pane.at("text") : pane.node).focus();
  }
  v.isLookedAt = id => {
    if (current === id && !heardNew.has(id)) { return; }
    current = id;
    heardNew.delete(id);
    drawInbox();
  };
  /* As many as there is room for, those used last; the others wait in the list of one's own. */
  function arrange() {
    const room = NARROW.matches ? 1 : Math.max(1, Math.floor((innerWidth - 280) / COLUMN));
    const last = [...panes.values()].sort((one, other) => other.used - one.used).slice(0, room);
    panes.forEach(pane => v.show(pane.node, last.includes(pane)));
    v.show(v.by("no-talks"), !panes.size);
    drawInbox();
  }
  async function leave(pane) {
    const order = [...panes.keys()], place = order.indexOf(pane.id);
    if (place < 0) { return; }
    panes.delete(pane.id);
    pane.node.remove();
    show(order[place + 1] || order[place - 1] || "");
    await pane.putAway();
  }
  function drawTabs() {
    const tab = (node, row) => {
      v.set(node, row.text);
      node.setAttribute("aria-current", String(row.id === (current || "inbox")));
      node.onclick = () => show(row.id === "inbox" ? "" : row.id);
    };
    const inboxText = v.by("inbox-title").textContent + (inbox.waiting.length ? " (" + inbox.waiting.length + ")" : "");
    v.list(v.by("tabs"), [{ id: "inbox", text: inboxText }, ...[...panes.keys()].map(id => ({
      id, text: v.shortName(id) + (heardNew.has(id) ? " · " + v.word("new") : "")
    }))], "a-tab", tab);
  }

  /* Who waits for an answer changes with each message; many at once ask once. */
  let soon = 0;
  function refreshSoon() {
    clearTimeout(soon);
    soon = setTimeout(() => { if (v.isOpen()) { v.refreshInbox(); } }, REFRESH_AFTER);
  }

  /* ------------------------------------------------------------ what the stream says */
  function heard(change) {
    if (!v.isOpen()) { return; }
    if (change.k === "again") {
      v.refreshInbox();
      panes.forEach(pane => pane.heard("again"));
      return;
    }
    const pane = panes.get(change.c);
    if (pane) { pane.heard(change.k); }
    if (change.k === "talk" && (!pane || pane.node.hidden || change.c !== current)) {
      const isKnown = [...inbox.mine, ...inbox.coached, ...v.handed().joined].some(row => row.id === change.c);
      if (isKnown) { heardNew.add(change.c); }
    }
    if (change.k === "talk") { refreshSoon(); }
    if (change.k === "deleted") { heardNew.delete(change.c); }
    if (["talk", "here", "gone", "left"].includes(change.k)) {
      for (const row of [...inbox.mine, ...inbox.coached]) {
        if (row.id === change.c && change.k !== "talk") { row.presence = change.k; }
      }
      drawInbox();
    }
    if (["inbox", "deleted", "closed"].includes(change.k)) { v.refreshInbox(); }
    if (change.k === "inbox") {
      v.offerAgain();
      panes.forEach(one => one.handing.changed());
    }
  }

  /* ------------------------------------------------------------ on duty */
  function drawDuty() {
    v.list(v.by("duty"), v.me.teams.filter(one => v.mayRead(one.roles)).map(team => ({ id: team.slug, team })), "a-duty", (node, { team }) => {
      const box = v.part(node, "on");
      v.set(v.part(node, "name"), v.by("duty").getAttribute("aria-label") + ": " + team.name);
      box.checked = duty.has(team.slug);
      box.onchange = () => setDuty(team.slug, box.checked, box);
    });
  }
  /* One after the other: an "on" that is still under way must not come in after the "off". */
  let dutySaid = Promise.resolve();
  function sayDuty(slug, isOn) {
    const said = dutySaid.then(() => v.post("/api/duty", { team: slug, is_on: isOn }));
    dutySaid = said.catch(() => 0);
    return said;
  }
  async function setDuty(slug, isOn, box) {
    if (isOn) { duty.add(slug); } else { duty.delete(slug); }
    try { await sayDuty(slug, isOn); } catch (failure) {
      if (isOn && box) {
        duty.delete(slug);
        box.checked = false;
        notice("duty", v.whatWentWrong(failure));
        return;
      }
    }
    notice("duty", "");
    v.refreshInbox();
  }

  /* ------------------------------------------------------------ notices */
  function notice(id, text, label, act) {
    notices = notices.filter(one => one.id !== id);
    if (text) { notices.push({ id, text, label, act }); }
    v.list(v.by("notices"), notices, "a-notice", (node, row) => {
      const button = v.part(node, "do");
      v.set(v.part(node, "text"), row.text);
      v.show(button, row.label);
      v.set(button, row.label || "");
      button.onclick = row.act;
    });
  }
  v.notice = notice;
  async function teamNotices() {
    const mine = v.holders.get("me");
    for (const team of v.me.teams.filter(one => v.mayRead(one.roles))) {
      const id = "team:" + team.slug, isIn = v.holders.has(id);
      if (v.troubled.has(team.slug)) { notice(id, v.word("team-other", { team: team.name })); } else {
        const check = isIn ? "" : await v.checkNumbers(mine.public);
        notice(id, isIn ? "" : v.word("let-me-in", { team: team.name, check }), v.word("looked-again"), lookAgain);
      }
    }
  }
  async function lookAgain() {
    try {
      v.me = await v.post("/api/me");
      await v.openTeams();
    } catch { return; }
    await teamNotices();
    v.rereadAll();
    v.refreshInbox();
  }
  v.rereadAll = () => panes.forEach(pane => pane.talk.reread());
  v.lookForAsking = async () => {
    for (const team of v.me.teams.filter(one => v.holders.has("team:" + one.slug))) {
      let members = [];
      try { ({ members } = await v.post("/api/team_members", { team: team.slug })); } catch { continue; }
      const asking = members.find(one => one.public && !one.has_team_key && v.mayRead(one.roles) && one.id !== v.me.id);
      if (!v.isOpen()) { return; }
      notice("asks:" + team.slug, asking ? v.word("asks-in", { name: asking.shown_name, team: team.name }) : "",
        v.word("look"), () => v.askTeam(team.slug));
    }
  };

  /* ------------------------------------------------------------ begin and lock */
  function begin() {
    for (const team of v.me.teams) { if (team.is_on_duty) { duty.add(team.slug); } }
    seenWaiting = null;
    v.show(v.by("to-hidden"), v.mayLookHidden());
    drawDuty();
    v.drawPartnerButtons();
    show("");
    teamNotices();
    v.refreshInbox();
    v.lookForAsking();
    v.listen(heard);
    lastTouch = Date.now();
    timers = [
      setInterval(() => duty.forEach(slug => setDuty(slug, true)), DUTY_EVERY),
      setInterval(v.refreshInbox, INBOX_EVERY),
      setInterval(v.lookForAsking, MEMBERS_EVERY),
      setInterval(() => { if (Date.now() - lastTouch > IDLE) { lock(); } }, 5000)
    ];
  }
  async function lock() {
    if (!v.isOpen()) { return; }
    timers.forEach(clearInterval);
    v.deafen();
    v.forgetCode();
    v.forgetHanded();
    v.forgetHidden();
    const open = [...panes.values()], onDuty = [...duty];
    panes.clear();
    duty.clear();
    heardNew.clear();
    open.forEach(pane => pane.node.remove());
    v.stage("unlock");
    v.by("unlock").querySelector("details").open = false;
    inbox = { waiting: [], mine: [], coached: [] };
    notices.slice().forEach(one => notice(one.id, ""));
    v.drawHanded();
    drawInbox();
    v.set(v.part(v.by("team"), "all"), "");
    await Promise.all(open.map(pane => pane.putAway()));
    v.forgetKeys();
    v.say(v.word("locked"));
    onDuty.forEach(slug => sayDuty(slug, false).catch(() => 0));
  }
  v.by("lock").onclick = lock;
  v.by("to-team").onclick = () => v.askTeam(v.me.teams.length ? v.me.teams[0].slug : "");
  v.by("to-call").onclick = () => v.askCall(id => openTalk(id, "/api/open"));
  v.by("to-hidden").onclick = v.askHidden;
  v.by("to-keys").onclick = () => v.by("keys").showModal();
  for (const kind of ["keydown", "pointerdown", "pointermove"]) {
    addEventListener(kind, () => { lastTouch = Date.now(); }, { passive: true });
  }
  addEventListener("resize", () => { if (v.isOpen()) { arrange(); } });
  addEventListener("beforeunload", event => {
    if ([...panes.values()].some(pane => pane.hasUnsent())) { event.preventDefault(); }
  });
  /* A page that comes back from the browser's memory begins locked. */
  addEventListener("pagehide", event => { if (event.persisted) { lock(); } });

  /* ------------------------------------------------------------ short keys */
  function step(by) {
    const order = [...panes.keys()];
    if (order.length) { show(order[(order.indexOf(current) + by + order.length) % order.length]); }
  }
  const onCurrent = act => () => { const pane = panes.get(current); if (pane) { act(pane); } };
  const SHORT = {
    KeyC: event => step(event.shiftKey ? -1 : 1),
    KeyG: onCurrent(pane => pane.handing.open()),
    KeyI: () => show(""),
    KeyM: onCurrent(pane => pane.at("text").focus()),
    KeyN: onCurrent(pane => {
      pane.at("inside").open = true;
      pane.at("inside-text").focus();
    }),
    KeyO: onCurrent(pane => pane.lookUp.open())
  };
  addEventListener("keydown", event => {
    const isBusy = document.querySelector("dialog[open]") || !v.isOpen() || !v.by("keys-on").checked;
    if (isBusy || event.isComposing || event.ctrlKey || event.metaKey) { return; }
    const isTyping = event.target.closest && event.target.closest("input, textarea, select");
    if (event.altKey && SHORT[event.code]) {
      event.preventDefault();
      SHORT[event.code](event);
    } else if (event.key === ONE_SIGN && !event.altKey && !isTyping) {
      event.preventDefault();
      v.by("keys").showModal();
    }
  });

  v.start(begin);
})();
