/* Looking for partners, and putting to the visitor what would be passed on to them: in parts, so that the visitor can
   leave parts out. What is asked for is not kept; the text goes as a sealed paper of the conversation. */
(function () {
  const v = window.voordeur, KINDS = ["violence", "groups", "needs"], DAY = 86400000;
  let words = null;

  v.partnerWords = () => {
    if (!words) {
      words = v.post("/api/partner_words");
      words.catch(() => { words = null; });
    }
    return words;
  };

  v.Proposing = class {
    constructor(handing) {
      const { at } = handing;
      Object.assign(this, { handing, at, talk: handing.pane.talk, found: [], drafted: new Map(), isBusy: false });
      at("seek").onsubmit = event => { event.preventDefault(); this.seek(); };
      at("to-write").onclick = () => this.write();
      at("write-away").onclick = () => this.stopWriting();
      at("proposal").onsubmit = event => { event.preventDefault(); this.propose(); };
    }
    async begin() {
      if (this.isReady) { return; }
      const said = await v.partnerWords();
      for (const kind of KINDS) { v.checks(this.at("seek-" + kind), said[kind]); }
      v.options(this.at("seek-role"), said.roles);
      v.options(this.at("seek-context"), [["", v.word("not-said")], ...said.contexts]);
      this.isReady = true;
    }
    situation() {
      const { at } = this, language = this.talk.label.language;
      return {
        role: at("seek-role").value, violence: v.checked(at("seek-violence")), groups: v.checked(at("seek-groups")),
        need: v.checked(at("seek-needs")), context: at("seek-context").value || null,
        place: at("seek-place").value.trim() || null, acute: Boolean(this.talk.label.is_danger),
        ...(language ? { language } : {})
      };
    }
    async seek() {
      const { at } = this;
      v.set(at("going-wrong"), "");
      try {
        await this.begin();
        const told = await v.post("/api/partners_found", { id: this.talk.id, situation: this.situation() });
        this.found = told.partners.map(one => ({ ...one, id: one.organization + " " + one.service }));
        v.set(at("seek-what"), [
          this.found.length ? v.word("found", { count: this.found.length }) : v.word("found-none"), told.place, ...told.gaps
        ].filter(Boolean).join(" · "));
        this.draw();
      } catch (failure) { v.set(at("going-wrong"), v.whatWentWrong(failure)); }
    }
    draw() {
      const { at } = this;
      v.list(at("partners"), this.found, "a-partner", (node, row) => {
        const said = {
          name: row.name, service: row.service_name === row.name ? "" : row.service_name, why: row.why.join(" · "),
          open: row.open_text, wait: row.wait ? v.word("wait", { text: row.wait }) : v.word("wait-unknown"),
          languages: row.languages.length
            ? v.word("speaks", { languages: row.languages.map(v.languageName).join(", ") }) : v.word("speaks-unknown"),
          desk: v.word(row.has_desk ? "has-desk" : "no-desk"),
          "not-for": row.not_for ? v.word("not-for", { text: row.not_for }) : ""
        };
        for (const [name, text] of Object.entries(said)) { v.set(v.part(node, name), text); }
        v.part(node, "choose").onchange = () => this.count();
      });
      this.count();
    }
    chosen() {
      return this.found.filter(row => {
        const node = [...this.at("partners").children].find(one => one.dataset.id === row.id);
        return node && v.part(node, "choose").checked;
      });
    }
    count() { v.show(this.at("to-write"), this.chosen().length); }

    write() {
      if (!this.handing.told) { return; }
      const { at } = this, names = this.chosen().map(one => one.name);
      const ahead = days => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
      const { consent_days: days, most_days: most } = this.handing.told;
      v.set(at("write-for"), v.word("write-for", { names: names.join(", ") }));
      Object.assign(at("until"), { min: ahead(0), max: ahead(most), value: at("until").value || ahead(days) });
      v.show(at("proposal"), true);
      v.show(at("seeking"), false);
      at("proposal").querySelector("textarea").focus();
    }
    stopWriting() {
      v.show(this.at("proposal"), false);
      v.show(this.at("seeking"), true);
    }
    async propose() {
      const { at, talk, handing } = this, wrong = at("proposal-wrong");
      const parts = v.partsTyped(at("proposal")), chosen = this.chosen(), until = at("until").value;
      const paper = (one, ref) => ({
        ...talk.body("", "proposal"), ref, parts, organization: one.organization, name: one.name
      });
      v.set(wrong, parts.length ? "" : v.word("parts-none"));
      if (!parts.length || this.isBusy) { return; }
      const over = Math.max(...chosen.map(one => talk.tooLong(paper(one, talk.id))));
      if (over > 0) { return v.set(wrong, v.word("too-long-here", { count: over })); }
      this.isBusy = true;
      try {
        for (const one of chosen) {
          if (!this.drafted.has(one.id)) {
            const { handover } = await v.post("/api/handover_draft", {
              id: talk.id, organization: one.organization, service: one.service, until
            });
            this.drafted.set(one.id, handover);
          }
          const handover = this.drafted.get(one.id);
          /* Pressed again after it went wrong halfway: the same paper is not laid there twice. */
          if (!talk.last("h", "proposal", handover) && !await talk.send("h", paper(one, handover))) {
            throw Error("went-wrong");
          }
          await v.post("/api/handover_ask", { id: talk.id, handover });
          this.drafted.delete(one.id);
          this.found = this.found.filter(row => row.id !== one.id);
        }
        at("proposal").reset();
        this.stopWriting();
        this.draw();
        at("seek-part").open = false;
        v.say(v.word("proposed"));
        at("handovers").focus();
      } catch (failure) { v.set(wrong, v.whatWentWrong(failure)); } finally { this.isBusy = false; }
      return handing.refresh();
    }
    forget() {
      this.at("proposal").reset();
      this.at("seek").reset();
      this.found = [];
      this.at("partners").replaceChildren();
    }
  };

  /* The parts that were written, in the form of a proposal or of an override; what is empty is left out. */
  v.partsTyped = form => v.PARTS.map(key => ({
    key, title: v.word("part-" + key), text: form.elements[key].value.trim()
  })).filter(one => one.text);
})();
