/* Triage beside a conversation: what is needed, and two judgements of danger, side by side. The server says what
   follows from the answers and forgets them; what is kept is sealed here, as a note of the conversation. */
(function () {
  const v = window.voordeur, ASSESS_AFTER = 200, NOT_ASKED = "not_asked", JUDGEMENTS = ["acute", "structural"];
  const LEVELS = ["not_known", "not_seen", "possible", "present"];
  const CHOSEN = [["relation", "relations"], ["violence", "violence"], ["context", "contexts"], ["groups", "groups"]];
  const sets = new Map();  /* the questions by language; the same for every conversation */

  async function questionsIn(language) {
    if (!sets.has(language)) {
      sets.set(language, v.post("/api/triage_questions", { language }));
      sets.get(language).catch(() => sets.delete(language));
    }
    return sets.get(language);
  }
  const written = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
  const lines = (list, texts) => list.replaceChildren(...texts.map(text => written("li", text)));

  v.Triage = class {
    constructor(pane) {
      Object.assign(this, { pane, at: pane.at, timer: 0, turn: 0, isChanged: false, answers: {}, found: null });
      const { at } = this;
      at("triage").onclick = () => this.isOpen() ? this.close() : this.open();
      at("triage-away").onclick = () => { this.close(); at("triage").focus(); };
      at("triage-keep").onclick = () => this.keep();
      at("triage-panel").addEventListener("keydown", event => {
        if (event.key === "Escape") {
          event.stopPropagation();
          this.close();
          at("triage").focus();
        }
      });
      for (const name of JUDGEMENTS) {
        const levels = LEVELS.map(level => [level, v.word("danger-" + level)]);
        v.options(at(name + "-said"), [["", v.word("triage-as-found")], ...levels]);
        for (const part of ["-said", "-because"]) { at(name + part).oninput = () => this.changed(); }
      }
      at("triage-role").onchange = () => this.ask();
    }
    isOpen() { return !this.at("triage-panel").hidden; }
    language() { return document.documentElement.lang; }
    draw() {
      const { pane, at } = this, may = pane.isOpened && !pane.talk.isOver && (pane.isCoach || pane.mayWrite());
      v.show(at("triage"), may);
      if (!may) { this.close(); }
      v.show(at("triage-keep"), pane.mayWrite());
    }
    close() {
      v.show(this.at("triage-panel"), false);
      this.at("triage").setAttribute("aria-expanded", "false");
    }
    async open() {
      const { at } = this;
      this.pane.lookUp.close();
      v.show(at("triage-panel"), true);
      at("triage").setAttribute("aria-expanded", "true");
      v.set(at("triage-wrong"), "");
      try {
        this.set = await questionsIn(this.language());
        if (!this.isChanged) { this.takeBack(); }
        await this.assess();
      } catch (failure) { this.failed(failure); }
      at("triage-panel").focus();
    }
    failed(failure) {
      v.set(this.at("triage-wrong"), v.whatWentWrong(failure));
      v.show(this.at("outcome"), Boolean(this.found));
    }

    /* The last that was kept, as far as today's questions know it. */
    takeBack() {
      const { at, set } = this;
      const last = this.pane.talk.messages.filter(({ body, direction }) => direction === "n" && body
        && body.kind === "triage" && body.triage).pop();
      const { answers = {}, situation = {}, version = set.version, ...kept } = last ? last.body.triage : {};
      const isKnown = (id, answer) => set.questions.some(one =>
        one.id === id && one.answers.some(choice => choice.id === answer));
      this.answers = Object.fromEntries(Object.entries(answers).filter(([id, answer]) => isKnown(id, answer)));
      v.options(at("triage-role"), [["", v.word("triage-no-role")], ...set.roles.map(({ id, text }) => [id, text])]);
      at("triage-role").value = (situation.role || [""])[0];
      for (const [kind, listed] of CHOSEN) {
        at("triage-" + kind).replaceChildren(...set[listed].map(({ id, text }) => {
          const node = v.copy("a-triage-code"), box = v.part(node, "tick");
          Object.assign(box, { value: id, checked: (situation[kind] || []).includes(id), onchange: () => this.ask() });
          v.set(v.part(node, "called"), text);
          return node;
        }));
      }
      for (const name of JUDGEMENTS) {
        const { said_level: said, reason } = kept[name] || {};
        at(name + "-said").value = LEVELS.includes(said) ? said : "";
        at(name + "-because").value = typeof reason === "string" ? reason : "";
        at(name + "-otherwise").open = Boolean(said);
      }
      v.set(at("triage-kept"), !last ? "" : v.word(version === set.version ? "triage-kept" : "triage-older"));
    }
    situation() {
      const role = this.at("triage-role").value, chosen = CHOSEN.map(([kind]) => [
        kind, [...this.at("triage-" + kind).querySelectorAll("input:checked")].map(box => box.value)
      ]);
      return Object.fromEntries([["role", role ? [role] : []], ...chosen].filter(([, codes]) => codes.length));
    }
    changed() {
      this.isChanged = true;
      v.set(this.at("triage-kept"), v.word("triage-not"));
    }
    ask() {
      this.changed();
      this.found = null;  /* what is kept is always what these answers say */
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.assess().catch(failure => this.failed(failure)), ASSESS_AFTER);
    }
    async assess() {
      const turn = this.turn += 1, language = this.language();
      clearTimeout(this.timer);
      const asked = { id: this.pane.id, answers: this.answers, situation: this.situation(), language };
      const found = await v.post("/api/triage_assess", asked);
      if (turn !== this.turn) { return; }
      v.set(this.at("triage-wrong"), "");
      this.found = found;
      this.show();
    }

    show() {
      const { at, found, set } = this, byId = new Map(set.questions.map(one => [one.id, one]));
      v.show(at("outcome"), true);
      v.set(at("need"), found.need_text);
      for (const name of JUDGEMENTS) {
        v.set(at(name + "-level"), found[name].level_text);
        lines(at(name + "-reasons"), found[name].reasons);
      }
      lines(at("triage-first"), found.first);
      at("triage-paths").replaceChildren(...found.paths.map(path => {
        const node = v.copy("a-triage-path");
        v.set(v.part(node, "path-title"), path.title);
        lines(v.part(node, "path-steps"), path.steps);
        return node;
      }));
      const open = found.open.map(id => byId.get(id)).filter(Boolean);
      for (const about of [...JUDGEMENTS, "other"]) {
        const mine = open.filter(one => (JUDGEMENTS.includes(one.about) ? one.about : "other") === about);
        v.list(at("ask-" + about), mine, "a-triage-question", (node, one) => this.showQuestion(node, one));
        v.show(at("ask-" + about).parentElement, mine.length);
      }
    }
    showQuestion(node, one) {
      const answer = this.answers[one.id] || NOT_ASKED;
      if (!node.dataset.isMade) {
        node.dataset.isMade = "1";
        v.set(v.part(node, "asked"), one.text);
        v.part(node, "choices").replaceChildren(...one.answers.map(choice => {
          const label = v.copy("a-triage-answer"), box = v.part(label, "tick");
          Object.assign(box, { name: "triage-" + this.pane.id + "-" + one.id, value: choice.id });
          box.onchange = () => this.answer(one.id, choice.id);
          v.set(v.part(label, "called"), choice.text);
          return label;
        }));
        lines(v.part(node, "rests-on"), one.source.map(source =>
          [source.title, source.date || v.word("triage-no-date"), source.url].filter(Boolean).join(" · ")));
        v.part(node, "put-in").onclick = () => this.putIn(one.id);
      }
      for (const box of node.querySelectorAll("input")) { box.checked = box.value === answer; }
      v.show(v.part(node, "put-in"), this.pane.mayWrite());
    }
    answer(question, answer) {
      if (answer === NOT_ASKED) { delete this.answers[question]; } else { this.answers[question] = answer; }
      this.ask();
    }
    /* The question in the visitor's language, to be read and sent by the one who asks it. */
    async putIn(question) {
      try {
        const { questions } = await questionsIn(this.pane.talk.label.language || this.language());
        this.pane.insert(questions.find(({ id }) => id === question).text);
      } catch (failure) { this.failed(failure); }
    }

    /* ------------------------------------------------------------ keeping */
    judged(name) {
      const said = this.at(name + "-said").value, reason = this.at(name + "-because").value.trim();
      const { level } = this.found[name];
      return said && said !== level ? { level, said_level: said, reason } : { level, said_level: null, reason: "" };
    }
    async keep() {
      const { at, pane, set } = this;
      v.set(at("triage-wrong"), "");
      try { await this.assess(); } catch (failure) { return this.failed(failure); }
      if (!this.found || !pane.mayWrite()) { return 0; }
      const judged = Object.fromEntries(JUDGEMENTS.map(name => [name, this.judged(name)]));
      const unsaid = JUDGEMENTS.find(name => judged[name].said_level && !judged[name].reason);
      if (unsaid) {
        at(unsaid + "-otherwise").open = true;
        v.set(at("triage-wrong"), v.word("triage-no-reason"));
        return at(unsaid + "-because").focus();
      }
      const triage = {
        version: set.version, answers: { ...this.answers }, situation: this.situation(), need: this.found.need, ...judged
      };
      const body = { ...pane.talk.body(this.summary(judged), "triage"), lang: this.language(), triage };
      if (!pane.fits(body, at("triage-wrong"))) { return 0; }
      this.isChanged = false;
      v.set(at("triage-kept"), v.word("sending"));
      at("inside").open = true;
      const isKept = await pane.talk.send("n", body);
      if (isKept && !this.isChanged) { v.set(at("triage-kept"), v.word("triage-kept")); }
      if (!isKept) { this.changed(); }
      return 0;
    }
    summary(judged) {
      const { found } = this, told = [v.word("triage-need", { what: found.need_text })];
      for (const name of JUDGEMENTS) {
        const { said_level: said, reason } = judged[name];
        const level = said ? v.word("danger-" + said) : found[name].level_text;
        told.push(v.word("triage-" + name, { level }), ...found[name].reasons.map(text => "- " + text));
        if (said) { told.push(v.word("triage-said", { level: found[name].level_text, reason })); }
      }
      const titles = found.paths.map(({ title }) => title).join("; ");
      return [...told, titles && v.word("triage-also", { titles })].filter(Boolean).join("\n");
    }

    /* Not one word of it stays on the page or in memory. */
    forget() {
      clearTimeout(this.timer);
      this.turn += 1;
      this.close();
      Object.assign(this, { answers: {}, found: null, isChanged: false });
      const { at } = this, lists = CHOSEN.map(([kind]) => "triage-" + kind);
      for (const name of JUDGEMENTS) {
        lists.push(name + "-reasons", "ask-" + name);
        v.set(at(name + "-level"), "");
        Object.assign(at(name + "-because"), { value: "" });
        Object.assign(at(name + "-said"), { value: "" });
      }
      for (const name of [...lists, "ask-other", "triage-first", "triage-paths"]) { at(name).replaceChildren(); }
      for (const name of ["need", "triage-kept", "triage-wrong"]) { v.set(at(name), ""); }
    }
  };
})();
