/* What was agreed with a partner, and what was asked about it: sealed under a key of its own, which is wrapped for the
   team of the partner and for the team of the first desk. Also what the pages of hand-overs show in the same way.
   Envelopes are bound to the hand-over: "o" 1 what was agreed, "q" and its number each remark. */
(function () {
  const v = window.voordeur, AGREED = "o", REMARK = "q", OVERRIDE_TEXT = "t", REASON = "r";
  v.PARTS = ["happened", "need", "danger", "reach"];

  /* side: "partner" or "desk". What we cannot open gives no key, and then nothing of it. */
  v.openParcel = async (one, side) => {
    const holder = v.holders.get("team:" + (side === "partner" ? one.partner_team : one.desk_team));
    const wrapped = one.parcel && one.parcel[side === "partner" ? "for_partner" : "for_desk"];
    const found = { key: null, parts: [], remarks: [], isClosed: false };
    if (!wrapped) { return found; }
    try {
      found.key = await v.unwrapKey(holder, v.fromBase64(wrapped), v.parcelContext(one.handover));
    } catch { return { ...found, isClosed: true }; }
    const open = async (way, number, envelope) => {
      try {
        return JSON.parse(await v.openEnvelope(found.key, one.handover, way, number, v.fromBase64(envelope)));
      } catch { return null; }
    };
    for (const remark of one.remarks || []) {
      if (remark.kind === OVERRIDE_TEXT) {
        if (!one.parcel.envelope) { found.parts = partsOf(await open(AGREED, 1, remark.envelope)); }
      } else {
        const said = await open(REMARK, remark.number, remark.envelope);
        if (said && typeof said.t === "string") { found.remarks.push({ kind: remark.kind, text: said.t, by: said.by }); }
      }
    }
    if (one.parcel.envelope) {
      const said = await open(AGREED, 1, one.parcel.envelope);
      found.isClosed = !said;
      found.parts = partsOf(said);
    }
    return found;
  };
  const partsOf = said => (said && Array.isArray(said.parts) ? said.parts : [])
    .filter(one => one && typeof one.text === "string");

  v.sealParts = async (key, id, parts) => {
    const said = { parts, lang: document.documentElement.lang, at: v.minuteNow() };
    return v.toBase64(await v.sealEnvelope(key, id, AGREED, 1, JSON.stringify(said)));
  };
  v.sealRemark = async (key, id, number, text) => {
    const said = JSON.stringify({ t: text, by: v.me.shown_name, at: v.minuteNow() });
    return v.toBase64(await v.sealEnvelope(key, id, REMARK, number, said));
  };

  /* A remark opens under its own number alone: when the other side was first, it is sealed once more for the next. */
  v.sendRemark = async (one, key, text, send) => {
    const seal = number => v.sealRemark(key, one.handover, number, text);
    try {
      return await send({ number: one.next_remark, sealed: await seal(one.next_remark) });
    } catch (failure) {
      const next = failure.status === 409 && failure.data && failure.data.next;
      if (!next) { throw failure; }
      return send({ number: next, sealed: await seal(next) });
    }
  };

  /* ------------------------------------------------------------ showing */
  v.line = (tag, textContent, more) => Object.assign(document.createElement(tag), { textContent, ...more });
  v.pressed = (text, act, className = "") => v.line("button", text, { type: "button", onclick: act, className });

  v.drawParts = (box, parts) => box.replaceChildren(...parts.flatMap(one => [
    v.line("p", one.title || "", { className: "part-title", dir: "auto" }),
    v.line("p", one.text, { className: "said", dir: "auto" })
  ]));
  v.drawRemarks = (list, remarks) => list.replaceChildren(...remarks.map(one => {
    const node = v.line("li", ""), word = v.word("remark-" + one.kind, { name: one.by || "" });
    node.append(v.line("strong", word + ": "), v.line("span", one.text, { className: "said", dir: "auto" }));
    return node;
  }));
  v.reasonOf = opened => (opened.remarks.find(one => one.kind === REASON) || { text: "" }).text;

  /* A list of boxes to tick, each with its code as value. */
  v.checks = (box, rows) => box.replaceChildren(...rows.map(([value, text]) => {
    const label = v.line("label", "", { className: "check" });
    label.append(v.line("input", "", { type: "checkbox", value }), v.line("span", text));
    return label;
  }));
  v.checked = box => [...box.querySelectorAll("input:checked")].map(one => one.value);

  const language = document.documentElement.lang;
  v.dayName = day => new Date(Date.UTC(2024, 0, 1 + day))  /* a Monday */
    .toLocaleDateString(language, { weekday: "long", timeZone: "UTC" });
  v.hourOf = minute => [minute / 60, minute % 60].map(one => String(Math.floor(one)).padStart(2, "0")).join(":");
  v.dateName = day => day && new Date(day + "T12:00Z")
    .toLocaleDateString(language, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

  /* What a visitor permits, in sentences; in the conversation always. */
  v.permitted = (rule, ways) => {
    const said = [v.word("permit-here")];
    if (!rule || !Object.keys(rule.ways).length) { said.push(v.word("permit-none")); }
    if (!rule) { return said; }
    for (const [way, windows] of Object.entries(rule.ways)) {
      for (const [days, from, to] of rule.never.includes(way) ? [] : windows) {
        said.push(ways[way] + ": " + days.map(v.dayName).join(", ") + ", " + v.hourOf(from) + "–" + v.hourOf(to));
      }
    }
    said.push(...rule.never.map(way => v.word("permit-never", { way: ways[way] })));
    if (rule.word) { said.push(v.word("permit-word")); }
    if (rule.who === "only_me") { said.push(v.word("permit-only")); }
    if (rule.until) { said.push(v.word("permit-until", { day: v.dateName(rule.until) })); }
    return said;
  };
  v.drawPermitted = (list, rule, ways) =>
    list.replaceChildren(...v.permitted(rule, ways).map(text => v.line("li", text)));

  /* ------------------------------------------------------------ dialogs of both sides */
  /* The moment and way of the first contact; what the visitor does not permit comes back as a sentence. */
  v.askAgreed = (ways, done) => {
    const dialog = v.by("agreeing"), form = dialog.querySelector("form"), soon = new Date(Date.now() + 3600000);
    form.reset();
    form.at.value = v.dutchClock(soon);
    v.options(form.way, Object.entries(ways), "here");
    v.ask(dialog, () => done({
      at: v.fromDutchClock(form.at.value), way: form.way.value, says_code_word: form.says_code_word.checked,
      hangs_up_for_others: form.hangs_up.checked
    }));
  };
  /* A no: why, which organisation might, and a word for the desk and the visitor where it can be sealed. */
  v.askNo = (reasons, mayWord, done) => {
    const dialog = v.by("saying-no"), form = dialog.querySelector("form");
    let asked = 0;
    form.reset();
    v.options(form.reason, Object.entries(reasons));
    v.options(form.might, [["", v.word("might-none")]]);
    v.show(v.part(dialog, "word"), mayWord);
    form.search.oninput = async () => {
      const turn = asked += 1, typed = form.search.value.trim();
      if (typed.length < 2) { return; }
      try {
        const { organizations } = await v.post("/api/organizations", { q: typed, language: v.me.language });
        if (turn !== asked) { return; }
        v.options(form.might, [["", v.word("might-none")], ...organizations.map(one => [one.id, one.name])]);
        if (organizations.length) { form.might.value = organizations[0].id; }
      } catch (failure) { v.set(v.part(dialog, "wrong"), v.whatWentWrong(failure)); }
    };
    dialog.onclose = () => form.reset();
    v.ask(dialog, () => done({
      reason: form.reason.value, might: form.might.value || null, word: mayWord ? form.word.value.trim() : ""
    }));
  };
})();
