/* Looking something up beside a conversation: pages and organisations in the visitor's language, the team's phrases,
   and cards for one's own work, which are read here and never put in a text. What is asked for tells the server the
   page or the search words, not for which conversation. */
(function () {
  const v = window.voordeur, MOST = 40, SEARCH_AFTER = 300, WRITTEN_IN = ["nl", "en"], OTHERWISE = "en";
  const lists = new Map();  /* pages by language; the same for every conversation */

  async function pagesOf(language) {
    if (!lists.has(language)) {
      lists.set(language, v.post("/api/pages", { language }).then(answer => answer.pages));
      lists.get(language).catch(() => lists.delete(language));
    }
    return lists.get(language);
  }
  const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  v.LookUp = class {
    constructor(pane) {
      Object.assign(this, { pane, at: pane.at, kind: "pages", timer: 0, asked: 0, shown: null });
      const { at } = this;
      at("look-up").onclick = () => this.toggle();
      at("panel-away").onclick = () => this.close();
      at("search").oninput = () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.find(), SEARCH_AFTER);
      };
      at("search").onkeydown = event => { if (event.key === "Enter") { event.preventDefault(); this.find(); } };
      at("back").onclick = () => { this.read(null); at("search").focus(); };
      at("insert").onclick = () => {
        const { text, kind, ref } = this.shown;
        this.close();
        pane.insert(text, kind, ref);
      };
      for (const button of this.kinds()) { button.onclick = () => this.choose(button.dataset.kind); }
      at("panel").addEventListener("keydown", event => {
        if (event.key === "Escape") {
          event.stopPropagation();
          this.close();
          at("look-up").focus();
        }
      });
    }
    kinds() { return [...this.at("panel").querySelectorAll("[data-kind]")]; }
    isOpen() { return !this.at("panel").hidden; }
    toggle() { if (this.isOpen()) { this.close(); } else { this.open(); } }
    open() {
      this.pane.handing.close();
      v.show(this.at("panel"), true);
      this.at("look-up").setAttribute("aria-expanded", "true");
      this.choose(this.kind);
      this.at("search").focus();
    }
    close() {
      v.show(this.at("panel"), false);
      this.at("look-up").setAttribute("aria-expanded", "false");
    }
    choose(kind) {
      if (kind !== this.kind) { this.at("search").value = ""; }
      this.kind = kind;
      for (const button of this.kinds()) { button.setAttribute("aria-pressed", String(button.dataset.kind === kind)); }
      v.show(this.at("search-part"), kind !== "phrases");
      this.read(null);
      this.find();
    }
    /* In which language it is asked: one's own for cards, else the visitor's, as far as texts are written in it. */
    language() {
      const wished = this.kind === "cards" ? document.documentElement.lang : this.pane.talk.label.language;
      return WRITTEN_IN.includes(wished) ? wished : OTHERWISE;
    }

    async find() {
      const typed = this.at("search").value.trim(), turn = this.asked += 1;
      try {
        const found = await this[this.kind](typed);
        if (turn === this.asked) { this.list(found, typed); }
      } catch (failure) {
        if (turn === this.asked) { this.list([], typed, v.whatWentWrong(failure)); }
      }
    }
    async pages(typed, isWanted = page => page.kind !== "card") {
      const wanted = plain(typed).split(/\s+/).filter(Boolean);
      return (await pagesOf(this.language())).filter(isWanted)
        .filter(page => wanted.every(word => plain(page.title).includes(word)))
        .map(page => ({ title: page.title, open: () => this.readPage(page.id) }));
    }
    cards(typed) { return this.pages(typed, page => page.kind === "card"); }
    async organizations(typed) {
      if (typed.length < 2) { return null; }
      const { organizations } = await v.post("/api/organizations", { q: typed, language: this.language() });
      return organizations.map(one => ({
        title: one.name, more: one.summary, open: () => this.readOrganization(one.code)
      }));
    }
    async phrases() {
      const team = v.team(this.pane.talk.team);
      return ((team && team.phrases) || []).filter(one => !one.lang || one.lang === this.language()).map(one => ({
        title: one.title, more: one.text, open: () => { this.close(); this.pane.insert(one.text); }
      }));
    }
    async readPage(id) {
      const page = await v.post("/api/page", { id, language: this.language() });
      const text = page.title + "\n\n" + page.text;
      this.read({ title: page.title, body: page.text, text, kind: "page", ref: id, mayInsert: this.kind === "pages" });
    }
    async readOrganization(code) {
      const one = await v.post("/api/organization", { code, language: this.language() });
      this.read({
        title: one.name, body: one.text, text: one.text.startsWith(one.name) ? one.text : one.name + "\n" + one.text,
        kind: "organization", ref: code, mayInsert: true
      });
    }

    list(found, typed, wrong) {
      const rows = (found || []).slice(0, MOST), { at } = this;
      const language = this.language(), wished = this.pane.talk.label.language;
      at("found").replaceChildren(...rows.map(row => {
        const node = v.copy("a-found"), button = node.firstElementChild;
        button.lang = language;
        for (const [tag, textContent] of [["strong", row.title], ["span", row.more]]) {
          if (textContent) { button.append(Object.assign(document.createElement(tag), { textContent, dir: "auto" })); }
        }
        button.onclick = async () => {
          try { await row.open(); } catch (failure) { v.set(at("found-what"), v.whatWentWrong(failure)); }
        };
        return node;
      }));
      const count = found === null ? v.word("search-first")
        : rows.length ? v.word("found", { count: found.length }) : v.word("found-none");
      const where = this.kind === "cards" ? "" : v.word(language === wished ? "in-language" : "in-other", {
        language: v.languageName(language), wished: v.languageName(wished || "")
      });
      v.set(at("found-what"), wrong || [count, where].filter(Boolean).join(" · "));
    }
    read(one) {
      const { at } = this;
      this.shown = one;
      v.show(at("read"), one);
      v.show(at("found"), !one);
      v.show(at("found-what"), !one);
      if (!one) { return; }
      const language = this.language();
      for (const name of ["read-title", "read-text"]) { at(name).lang = language; }
      v.set(at("read-title"), one.title);
      v.set(at("read-text"), one.body);
      v.show(at("insert"), one.mayInsert && this.pane.mayWrite());
      at("read").focus();
      at("panel").scrollTop = 0;
    }
  };
})();
