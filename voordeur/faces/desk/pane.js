/* One conversation on the page: its messages, the text to the visitor, and, well apart from it, what is between
   colleagues. */
(function () {
  const v = window.voordeur, TYPING_SHOWN = 6000, TYPING_TOLD = 4000, DRAFT_AFTER = 1500, DRAFT_AGAIN = 10000;
  const EVENTS = ["joined", "passed_on", "coach_reads", "closed", "code"];

  /* Messages whose keys we do not have stand as one line for each run of them. */
  function folded(items) {
    const shown = [];
    for (const item of items) {
      const last = shown[shown.length - 1];
      if (item.body) { shown.push(item); } else if (last && last.folded) { last.folded += 1; } else {
        shown.push({ id: item.id, direction: item.direction, folded: 1 });
      }
    }
    return shown;
  }

  v.Pane = class {
    constructor(id, leave) {
      this.node = v.copy("a-talk");
      this.node.setAttribute("aria-label", v.word("talk-name", { name: v.shortName(id) }));
      this.id = id;
      this.leave = leave;
      this.used = 0;
      this.inserted = null;
      this.timers = {};
      this.talk = new v.Talk(id, () => this.draw());
      this.at = name => v.part(this.node, name);
      v.set(this.at("name"), v.word("talk-name", { name: v.shortName(id) }));
      this.wire();
      this.lookUp = new v.LookUp(this);
      this.triage = new v.Triage(this);
      this.handing = new v.Handing(this);
    }

    wire() {
      const { at } = this;
      /* Labels need ids of their own, for there are several conversations on the page. */
      const labels = { text: "text-label", "inside-text": "inside-label", search: "search-label" };
      for (const [box, label] of Object.entries(labels)) {
        at(box).id = box + "-" + this.id;
        at(label).htmlFor = at(box).id;
      }
      at("composer").onsubmit = event => { event.preventDefault(); this.sendText(); };
      at("inside-form").onsubmit = event => { event.preventDefault(); this.sendInside(this.mayWhisper() ? "w" : "n"); };
      at("note").onclick = () => this.sendInside("n");
      at("text").oninput = () => { this.typed(); this.draftSoon(); };
      const acts = { text: () => this.sendText(), "inside-text": () => at("inside-form").requestSubmit() };
      for (const [box, act] of Object.entries(acts)) {
        at(box).onkeydown = event => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
            event.preventDefault();
            act();
          }
        };
      }
      /* Who reads at the end stays there, also when the box gets smaller: what is new must not be below its edge. */
      for (const name of ["log", "inside-log"]) {
        const box = at(name).parentElement;
        box.isAtEnd = true;
        box.onscroll = () => { box.isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 48; };
        new ResizeObserver(() => { if (box.isAtEnd) { this.toEnd(at(name)); } }).observe(box);
      }
      at("inside").ontoggle = () => this.draw();
      at("pass").onclick = () => v.askPassOn(this);
      at("end").onclick = () => v.askEnd(this);
      at("take-over").onclick = () => this.takeOver();
      at("away").onclick = () => this.leave(this);
      this.node.addEventListener("focusin", () => { this.used = Date.now(); v.isLookedAt(this.id); });
    }

    async open(path, isCoach) {
      this.isCoach = this.talk.isCoachedByMe = Boolean(isCoach);
      this.isOpened = false;
      await this.talk.open(path);
      this.isOpened = true;
      if (path !== "/api/open" || this.isNewGuest()) { this.talk.send("d", this.talk.body("", "joined")); }
      const { label, draft } = this.talk;
      this.at("text").lang = label.language || "";
      if (draft && !this.at("text").value) {
        this.at("text").value = draft;
        v.set(this.at("draft"), v.word("draft-back"));
      }
      this.marks(label);
      v.set(this.at("about"), v.about(label));
      this.draw();
    }
    /* Who comes in from a partner says so, once for each time that they are let in. */
    isNewGuest() {
      const { talk } = this;
      return talk.isGuest && !talk.messages.some(({ body }) =>
        body && body.kind === "joined" && body.by === v.me.shown_name);
    }
    /* The visitor hears, once for each, that a coach reads along. */
    tellCoaches() {
      const { talk } = this;
      const isTold = name => [...talk.messages, ...talk.unsent].some(({ body }) =>
        body && body.kind === "coach_reads" && body.by === name);
      for (const name of talk.coaches) {  /* sending draws, and so comes here again */
        if (!isTold(name)) { talk.send("d", { ...talk.body("", "coach_reads"), by: name, role: "coach" }); }
      }
    }
    async takeOver() {
      try { await this.open("/api/take_over"); } catch (failure) {
        this.isCoach = this.talk.isCoachedByMe = this.isOpened = true;
        v.say(v.whatWentWrong(failure));
        this.draw();
      }
      v.refreshInbox();
    }

    /* What the inbox knows by now: words of danger may have come later. */
    marks(row) { v.set(this.at("marks"), v.marks(row)); }
    /* Back in the queue of the team, because the visitor waited and we were not there. */
    goneBack() {
      this.talk.isOver = "queue";
      v.say(v.word("over-queue"));
      this.draw();
    }

    mayWrite() { return this.isOpened && !this.isCoach && !this.talk.isOver && this.talk.state === "held"; }
    mayWhisper() {
      return this.isCoach || this.talk.coaches.length > 0;
    }

    /* ------------------------------------------------------------ showing */
    draw() {
      const { talk, at } = this, over = talk.isOver || (talk.state === "closed" ? "closed" : "");
      v.presence(at("presence"), talk.presence, talk.state);
      v.set(at("readers"), [
        ...talk.coaches.filter(name => !this.isCoach || name !== v.me.shown_name).map(name => v.word("read-by", { name })),
        ...talk.guests.filter(name => !talk.isGuest || name !== v.me.shown_name)
          .map(name => v.word("guest-here", { name })),
        ...(talk.isGuest ? [v.word("you-are-guest", { name: talk.owner })] : []),
        ...(this.isCoach && talk.owner ? [v.word("owned-by", { name: talk.owner })] : [])
      ].join(" · "));
      const all = [...talk.messages, ...talk.unsent.map(item => ({ ...item, isOnItsWay: true }))];
      this.drawLog(at("log"), folded(all.filter(one => "vd".includes(one.direction))));
      const inside = all.filter(one => "wn".includes(one.direction));
      v.show(at("inside-log").parentElement, inside.length);
      this.drawLog(at("inside-log"), folded(inside));
      this.countInside(inside);
      v.show(at("over"), over || talk.presence === "left");
      v.set(at("over"), over ? v.word("over-" + over) : talk.presence === "left" ? v.word("over-left") : "");
      const mayWrite = this.mayWrite();
      if (mayWrite) { this.tellCoaches(); }
      v.show(at("composer"), mayWrite);
      for (const name of ["pass", "end", "going-on"]) { v.show(at(name), mayWrite && !talk.isGuest); }
      if (at("going-on").hidden) { this.handing.close(); } else { this.handing.changed(); }
      v.show(at("take-over"), this.isCoach && !over);
      v.show(at("inside"), !over && !talk.isGuest);
      v.show(at("whisper"), this.mayWhisper());
      v.show(at("note"), mayWrite);
      this.triage.draw();
    }
    countInside(inside) {
      const { at } = this, places = inside.filter(one => !one.isOnItsWay).map(one => one.place);
      if (at("inside").open || this.insideSeen === undefined) { this.insideSeen = Math.max(0, ...places); }
      const fresh = places.filter(place => place > this.insideSeen).length;
      v.set(at("inside-count"), fresh ? fresh + " " + v.word("new") : inside.length ? "(" + inside.length + ")" : "");
    }
    drawLog(log, items) {
      const box = log.parentElement;
      const have = new Map([...log.children].map(node => [node.dataset.id, node]));
      let before = null, isNew = false;
      for (const item of items) {
        let node = have.get(item.id);
        if (node && Boolean(node.dataset.folded) !== Boolean(item.folded)) { node = null; }  /* it opened meanwhile */
        if (!node) {
          node = this.drawn(item);
          node.dataset.id = item.id;
          if (item.folded) { node.dataset.folded = "1"; }
          isNew = true;
        }
        const place = before ? before.nextElementSibling : log.firstElementChild;
        if (place !== node) { log.insertBefore(node, place); }
        this.drawState(node, item);
        before = node;
      }
      const rest = () => before ? before.nextElementSibling : log.firstElementChild;
      while (rest()) { rest().remove(); }
      if (isNew && box.isAtEnd) { this.toEnd(log); }
    }
    toEnd(log = this.at("log")) { log.parentElement.scrollTop = log.parentElement.scrollHeight; }
    drawn(item) {
      const { body } = item;
      if (item.folded) { return v.copy("an-event"); }
      const name = body.by || "";
      if (EVENTS.includes(body.kind)) {
        const node = v.copy("an-event");
        v.set(v.part(node, "said"), v.word(body.to ? "passed_on_to" : body.kind, {
          name: name || v.word("visitor"), to: body.to && v.calledHere(body.to)
        }));
        v.set(v.part(node, "at"), v.clock(body.at));
        return node;
      }
      const node = v.copy("a-message"), said = v.part(node, "said"), kind = { w: "whisper", n: "note" }[item.direction];
      const isMine = item.direction !== "v" && name === v.me.shown_name;
      const who = item.direction === "v" ? v.word("visitor") : isMine ? v.word("you") : name;
      const inserted = ["page", "organization", "triage"].includes(body.kind) ? v.word(body.kind) : "";
      node.classList.toggle("ours", isMine);
      node.classList.toggle("kept", body.kind === "triage");
      v.set(v.part(node, "who"), [who, kind && v.word(kind), inserted].filter(Boolean).join(" · "));
      v.set(v.part(node, "at"), v.clock(body.at));
      said.textContent = body.t;
      if (/^[a-z]{2,3}$/.test(body.lang || "") && "vd".includes(item.direction)) { said.lang = body.lang; }
      return node;
    }
    drawState(node, item) {
      if (item.folded) { return v.set(v.part(node, "said"), v.word("unreadable", { count: item.folded })); }
      const state = v.part(node, "state");
      if (!state) { return 0; }
      const key = item.isOnItsWay ? item.state : item.isSentNow ? "sent" : "";
      state.classList.toggle("late", key === "unsent" || key === "refused");
      const why = key === "refused" && v.hasWord(item.why) ? ": " + v.word(item.why) : "";
      return v.set(state, key && "· " + v.word(key) + why);
    }

    /* ------------------------------------------------------------ writing */
    sendText() {
      const { talk, at } = this, text = at("text").value.trim();
      if (!text || !this.mayWrite()) { return; }
      const body = talk.body(text, ...(this.inserted || []));
      if (!this.fits(body, at("wrong"))) { return; }
      at("text").value = "";
      this.inserted = null;
      clearTimeout(this.timers.draft);
      talk.send("d", body).then(isSent => isSent && !at("text").value && this.keepDraft());
      v.set(at("draft"), "");
      at("text").focus();
    }
    sendInside(direction) {
      const { talk, at } = this, box = at("inside-text"), text = box.value.trim();
      if (!text || talk.isOver) { return; }
      const body = { ...talk.body(text), lang: document.documentElement.lang };
      if (!this.fits(body, at("inside-wrong"))) { return; }
      box.value = "";
      talk.send(direction, body);
      box.focus();
    }
    fits(body, wrong) {
      const over = this.talk.tooLong(body);
      v.set(wrong, over > 0 ? v.word("too-long", { count: over }) : "");
      return over <= 0;
    }
    insert(text, kind, ref) {
      const box = this.at("text"), before = box.value.trim();
      box.value = before ? before + "\n\n" + text : text;
      this.inserted = before || !ref ? null : [kind, ref];
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
      box.scrollTop = box.scrollHeight;
      v.say(v.word("put-in"));
      this.draftSoon();
    }
    typed() {
      const now = Date.now();
      if (!this.at("text").value) { this.inserted = null; }
      if (now - (this.toldTyping || 0) > TYPING_TOLD && this.at("text").value && this.talk.presence === "here") {
        this.toldTyping = now;
        v.post("/api/typing", { id: this.id }).catch(() => 0);
      }
    }
    draftSoon() {
      v.set(this.at("draft"), "");
      clearTimeout(this.timers.draft);
      this.timers.draft = setTimeout(() => this.keepDraft(), DRAFT_AFTER);
    }
    async keepDraft() {
      const text = this.at("text").value;
      if (this.isCoach) { return; }
      try {
        const isKept = await this.talk.keepDraft(text);
        v.set(this.at("draft"), text && isKept ? v.word("draft-kept") : "");
      } catch (failure) {
        if (failure.status === 409) {
          await this.talk.refresh();
          this.draftSoon();
        } else {
          v.set(this.at("draft"), text ? v.word("draft-not") : "");
          this.timers.draft = setTimeout(() => this.keepDraft(), DRAFT_AGAIN);
        }
      }
    }

    /* ------------------------------------------------------------ what the stream says */
    heard(kind) {
      const { talk, at } = this;
      if (kind === "talk" || kind === "again") {
        v.set(at("typing"), "");
        talk.refresh();
      } else if (kind === "typing") {
        v.set(at("typing"), v.word("typing"));
        clearTimeout(this.timers.typing);
        this.timers.typing = setTimeout(() => v.set(at("typing"), ""), TYPING_SHOWN);
      } else if (["here", "gone", "left"].includes(kind)) {
        talk.presence = kind;
        if (kind !== "here") { v.set(at("typing"), ""); }
        this.draw();
      } else if (kind === "deleted") {
        this.forget();
        talk.isOver = "deleted";
        this.draw();
      } else if (kind === "closed" || kind === "state") {
        talk.refresh();
      }
    }
    /* Not one word of it stays on the page or in memory. */
    forget() {
      Object.values(this.timers).forEach(clearTimeout);
      this.talk.forget();
      this.triage.forget();
      this.handing.forget();
      for (const name of ["log", "inside-log", "read-text", "found"]) { this.at(name).replaceChildren(); }
      for (const name of ["text", "inside-text", "search"]) { this.at(name).value = ""; }
      for (const name of ["typing", "draft"]) { v.set(this.at(name), ""); }
    }
    /* Before locking or putting away: what was typed or could not be sent is kept as the sealed draft. */
    async putAway() {
      const unsent = this.talk.unsent.filter(one => one.direction === "d" && one.body.t).map(one => one.body.t);
      const text = [...unsent, this.at("text").value].filter(Boolean).join("\n\n");
      clearTimeout(this.timers.draft);
      if (!this.isCoach && !this.talk.isOver && (text || this.talk.draft)) {
        await this.talk.keepDraft(text).catch(() => 0);
      }
      this.forget();
    }
    hasUnsent() { return this.talk.unsent.some(one => one.state !== "refused"); }
  };
})();
