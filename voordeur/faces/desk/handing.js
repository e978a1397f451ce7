/* Going on, beside a conversation: what was put to the visitor and where it stands, the plan, and safe contact. Nothing
   goes to a partner from here: that is the visitor's yes, or two people's signatures where a life is in danger. */
(function () {
  const v = window.voordeur, SOON = 400, PHONE = ["called", "told", "agreed", "introduced"];
  const NOT_OUT = ["drafted", "asked", "consented"], UNANSWERED = ["drafted", "asked"];

  v.Handing = class {
    constructor(pane) {
      Object.assign(this, { pane, at: pane.at, tab: "handing", timer: 0, turn: 0, told: null });
      const { at } = this;
      at("going-on").onclick = () => { if (this.isOpen()) { this.close(); } else { this.open(); } };
      at("going-away").onclick = () => { this.close(); at("going-on").focus(); };
      for (const button of this.tabs()) { button.onclick = () => this.choose(button.dataset.tab); }
      at("going").addEventListener("keydown", event => {
        if (event.key === "Escape") {
          event.stopPropagation();
          this.close();
          at("going-on").focus();
        }
      });
      at("mark-danger").onclick = () => this.act(async () => {
        await v.post("/api/danger", { id: pane.id });
        pane.talk.label = { ...pane.talk.label, is_danger: true };
        pane.marks(pane.talk.label);
        v.refreshInbox();
      });
      this.proposing = new v.Proposing(this);
      this.plan = new v.Plan(this);
      this.contact = new v.SafeContact(this);
    }
    tabs() { return [...this.at("going").querySelectorAll("[data-tab]")]; }
    isOpen() { return !this.at("going").hidden; }
    open() {
      if (this.at("going-on").hidden) { return; }
      this.pane.lookUp.close();
      v.show(this.at("going"), true);
      this.at("going-on").setAttribute("aria-expanded", "true");
      this.choose(this.tab);
      this.tabs().find(one => one.dataset.tab === this.tab).focus();
    }
    close() {
      v.show(this.at("going"), false);
      this.at("going-on").setAttribute("aria-expanded", "false");
    }
    choose(tab) {
      this.tab = tab;
      for (const one of this.tabs()) { one.setAttribute("aria-pressed", String(one.dataset.tab === tab)); }
      for (const one of this.at("going").querySelectorAll("[data-part]")) { v.show(one, one.dataset.part === tab); }
      v.set(this.at("going-wrong"), "");
      this.plan.draw();
      this.refresh();
    }

    /* Something changed in the conversation: looked at again, once for many changes. */
    changed() {
      if (!this.isOpen()) { return; }
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.refresh(), SOON);
    }
    async refresh() {
      const turn = this.turn += 1, { pane, at } = this;
      if (!this.isOpen() || pane.talk.isOver) { return; }
      try {
        const [told] = await Promise.all([v.post("/api/handovers", { id: pane.id }), this.proposing.begin()]);
        const side = one => one.came_in ? "partner" : "desk";
        const opened = await Promise.all(told.handovers.map(one => v.openParcel(one, side(one))));
        if (turn !== this.turn) { return; }
        this.told = told;
        this.rows = told.handovers.map((one, place) => ({ ...one, id: one.handover, opened: opened[place] }));
      } catch (failure) {
        if (turn === this.turn) { v.set(at("going-wrong"), v.whatWentWrong(failure)); }
        return;
      }
      v.list(at("handovers"), this.rows, "a-handover", (node, row) => this.draw(node, row));
      v.show(at("no-handovers"), !this.rows.length);
      v.show(at("mark-danger"), !pane.talk.label.is_danger);
      v.set(at("going-with"), this.told.buddies.map(one =>
        v.word(one.may_read ? "buddy-reads" : "buddy", { kind: one.kind })).join(" · "));
      this.plan.draw();
      this.contact.draw();
    }
    draw(node, row) {
      const seen = JSON.stringify([row, Boolean(this.pane.talk.label.is_danger)]);
      if (node.dataset.seen === seen) { return; }
      node.dataset.seen = seen;
      const { opened } = row, isPhone = !row.partner_team && ["offered", "accepted"].includes(row.state);
      const said = {
        name: row.name, marks: v.handedMarks(row), state: v.word("state-" + row.state),
        who: v.word("cares-" + row.cares), due: row.due_text && v.word("due", { when: row.due_text }),
        until: row.until && v.word("yes-until", { day: v.dateName(row.until) }),
        agreed: row.agreed_text && v.word("first-contact", { text: row.agreed_text }),
        no: [row.reason_text && v.word("because", { text: row.reason_text }), row.might
          && v.word("might", { name: row.might })].filter(Boolean).join(" · "),
        guest: row.guest && v.word("guest-here", { name: row.guest }),
        phone: isPhone ? v.phoneSteps(row) : "",
        override: row.override === "asked" ? v.word("override-waits") : row.override === "signed"
          ? v.word(row.is_untold ? "override-untold" : "override-told") : "",
        closed: opened.isClosed ? v.word("parcel-closed") : ""
      };
      for (const [name, text] of Object.entries(said)) { v.set(v.part(node, name), text || ""); }
      v.show(v.part(node, "agreed-text"), opened.parts.length);
      v.drawParts(v.part(node, "parts"), opened.parts);
      v.drawRemarks(v.part(node, "remarks"), opened.remarks);
      /* By which it came to us: what is to be done with it is done from the inbox, as the partner that we are. */
      v.part(node, "acts").replaceChildren(...(row.came_in ? [] : this.acts(row, isPhone)));
    }
    acts(row, isPhone) {
      const post = (path, more) => () => this.act(() => v.post(path, {
        id: this.pane.id, handover: row.handover, ...more
      }));
      const press = (key, act) => v.pressed(v.word(key), act);
      const isAnswered = !UNANSWERED.includes(row.state), { label } = this.pane.talk;
      const isLaid = this.pane.talk.last("h", "proposal", row.handover);
      return [
        row.state === "drafted" && isLaid && press("do-ask", post("/api/handover_ask")),
        NOT_OUT.includes(row.state) && press("do-take-back", post("/api/handover_take_back")),
        ...(isPhone ? this.phoneActs(row, post) : []),
        !isAnswered && label.is_danger && row.override !== "signed" && press("do-override", () => this.askOverride(row)),
        row.override === "signed" && row.is_untold && press("do-tell", () => this.act(() => this.tell(row))),
        row.is_back && press("do-put-away", post("/api/handover_put_away"))
      ].filter(Boolean);
    }
    /* A partner without a desk: the steps by telephone, each ticked off in its turn. */
    phoneActs(row, post) {
      const next = v.phoneNext(row), { ways, reasons } = this.told;
      const send = more => v.post("/api/handover_phone", { id: this.pane.id, handover: row.handover, ...more });
      const again = () => { this.refresh(); v.refreshInbox(); };
      const done = async more => { await send(more); again(); };
      const act = next === "agreed" ? () => v.askAgreed(ways, more => done({ done: next, ...more }))
        : post("/api/handover_phone", { done: next || "contact" });
      return [
        v.pressed(next ? v.word("phone-do", { step: v.word("phone-" + next) }) : v.word("do-contact"), act),
        v.pressed(v.word("do-no"), () => v.askNo(reasons, Boolean(row.opened.key), async ({ word, ...more }) => {
          const no = said => done({ done: "declined", ...more, ...said });
          const withWord = ({ number, sealed }) => no({ number, word: sealed });
          await (word ? v.sendRemark(row, row.opened.key, word, withWord) : no({}));
        }))
      ];
    }
    async act(doing) {
      v.set(this.at("going-wrong"), "");
      try { await doing(); } catch (failure) { v.set(this.at("going-wrong"), v.whatWentWrong(failure)); }
      await this.refresh();
      v.refreshInbox();
    }

    /* A life is in danger and there is no yes: a second person looks at reason and text, and signs or does not. */
    askOverride(row) {
      const dialog = v.by("override"), form = dialog.querySelector("form"), { talk } = this.pane;
      const laid = talk.last("h", "proposal", row.handover);
      form.reset();
      v.set(v.part(dialog, "name"), row.name);
      for (const one of laid && Array.isArray(laid.parts) ? laid.parts : []) {
        if (v.PARTS.includes(one.key)) { form.elements[one.key].value = one.text; }
      }
      dialog.onclose = () => form.reset();
      v.ask(dialog, async () => {
        const parts = v.partsTyped(form), reason = form.elements.reason.value.trim();
        if (!parts.length) { throw Error("parts-none"); }
        const spoken = v.fromBase64(this.told.desk_public || ""), known = v.holders.get("team:" + row.desk_team);
        if (!known || !v.isSame(known.public, spoken)) { throw Error("reader-wrong"); }
        const key = v.newKey(), wrapped = await v.wrapKey(spoken, key, v.parcelContext(row.handover));
        const isUntold = form.elements.is_untold.checked;
        try {
          if (!isUntold) { await this.layForVisitor(row, key, parts); }
          await v.post("/api/override", {
            id: this.pane.id, handover: row.handover, reason: await v.sealRemark(key, row.handover, 1, reason),
            envelope: await v.sealParts(key, row.handover, parts), for_desk: v.toBase64(wrapped),
            is_untold: isUntold
          });
        } finally { key.fill(0); }
        this.refresh();
        v.refreshInbox();
      });
    }
    /* What goes out without a yes is for the visitor to read too, where they are told of it: the text and its key in a
       paper of the conversation. Before they are told nothing of it lies where their keys open it. */
    async layForVisitor(row, key, parts) {
      const { talk } = this.pane;
      const body = { ...talk.body("", "override", row.handover), key: v.toBase64(key), parts }, over = talk.tooLong(body);
      if (over > 0) { throw Object.assign(Error("went-wrong"), { told: v.word("too-long-here", { count: over }) }); }
      if (!await talk.send("h", body)) { throw Error("went-wrong"); }
    }
    async tell(row) {
      const { key, parts } = row.opened;
      if (key && parts.length) { await this.layForVisitor(row, key, parts); }
      await v.post("/api/override_tell", { id: this.pane.id, handover: row.handover });
    }
    forget() {
      clearTimeout(this.timer);
      this.turn += 1;
      this.close();
      this.at("handovers").replaceChildren();
      this.proposing.forget();
      this.plan.forget();
      this.contact.forget();
      this.rows = this.told = null;
    }
  };

  v.phoneNext = row => PHONE.find(one => !row.steps.includes(one));
  v.phoneSteps = row => PHONE.map(one =>
    (row.steps.includes(one) ? "✓ " : "○ ") + v.word("phone-" + one)).join(" · ");
  v.handedMarks = row => [
    row.is_danger && "\u26a0 " + v.word("danger"), row.is_back ? "! " + v.word("came-back")
      : row.is_late && "! " + v.word("is-late")
  ].filter(Boolean).join(" · ");
})();
