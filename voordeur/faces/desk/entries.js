/* The own entry of a partner's organisation, and what partners say themselves before a steward. */
(function () {
  const v = window.voordeur, entry = v.by("entry"), proposals = v.by("proposals");
  let labels = 0;

  function facts(list, rows) {
    list.replaceChildren(...rows.flatMap(row => {
      const what = v.made("dd", row.text, "lines");
      if (row.source) { what.append(document.createElement("br"), v.made("span", row.source, "quiet small")); }
      return [v.made("dt", row.name), what];
    }));
  }
  function named(label, field) {
    field.id = "entry-field-" + (labels += 1);
    label.htmlFor = field.id;
  }
  function fieldOf(text, value, most, why) {
    const row = v.made("p", ""), label = v.made("label", text), box = document.createElement("input");
    box.maxLength = most;
    box.value = value || "";
    box.spellcheck = false;
    named(label, box);
    row.append(label, box);
    if (why) {
      const hint = v.made("span", why, "quiet small");
      hint.id = box.id + "-why";
      box.setAttribute("aria-describedby", hint.id);
      row.append(hint);
    }
    return [row, box];
  }

  /* ------------------------------------------------------------ our entry */
  v.by("to-entry").onclick = () => {
    v.options(v.by("entry-team"), v.entryTeams().map(one => [one.slug, one.name]));
    v.show(v.by("entry-team").parentNode, v.entryTeams().length > 1);
    entry.showModal();
    drawEntry();
  };
  v.by("entry-team").onchange = () => drawEntry();
  entry.onclose = () => v.part(entry, "all").replaceChildren();

  async function drawEntry() {
    const all = v.part(entry, "all"), team = v.by("entry-team").value;
    v.set(v.part(entry, "wrong"), "");
    let told;
    try { told = await v.post("/api/own_entry", { team }); } catch (failure) {
      v.set(v.part(entry, "wrong"), v.whatWentWrong(failure));
      return;
    }
    if (!entry.open) { return; }
    all.replaceChildren(...(told.organization ? told.services.map(one => drawnService(told, one, team))
      : [v.made("p", v.word("entry-none"))]));
  }
  function drawnService(told, one, team) {
    const node = v.copy("an-own-service"), takes = v.part(node, "takes"), form = v.part(node, "form");
    v.set(v.part(node, "name"), told.organization.name + ": " + one.name);
    facts(v.part(node, "facts"), one.facts);
    for (const word of [one.in_force, one.waiting, one.refused].filter(Boolean)) {
      v.part(node, "words").append(...drawnWord(word, team));
    }
    const hint = form.querySelector(".small");
    v.set(hint, hint.textContent.replace("{days}", told.now_lasts_days));
    named(v.part(node, "takes-label"), takes);
    takes.value = one.form.takes_people;
    const boxes = { summary: {}, wait_time: {} }, fields = v.part(node, "fields"), lines = [];
    for (const [name, word, most] of [["summary", "entry-summary", 140], ["wait_time", "entry-wait", 200]]) {
      for (const { code, name: language } of told.languages) {
        const [row, box] = fieldOf(v.word(word, { language }), one.form[name][code], most);
        boxes[name][code] = box;
        fields.append(row);
      }
    }
    for (const line of one.lines) {
      const [row, box] = fieldOf(line.name, line.hours, 300, v.word("entry-hours"));
      lines.push([line, box]);
      fields.append(row);
    }
    const written = group => {
      const found = Object.entries(group).map(([code, box]) => [code, box.value.trim()]);
      return found.some(([, text]) => text) ? Object.fromEntries(found) : null;
    };
    v.onForm(form, v.part(node, "wrong"), async () => {
      await v.post("/api/own_entry_propose", {
        team, service: one.key, takes_people: takes.value, summary: written(boxes.summary),
        wait_time: written(boxes.wait_time), hours: lines.filter(([, box]) => box.value.trim()).map(([line, box]) => ({
          kind: line.kind, value: line.value, hours: box.value.trim()
        }))
      });
      await drawEntry();
      v.say(v.word("entry-sent"));
    });
    return node;
  }
  function drawnWord(word, team) {
    const list = document.createElement("dl"), parts = [
      v.made("p", v.word("entry-said", { day: word.proposed, state: word.state_text }), "notice"), list
    ];
    facts(list, word.says);
    if (word.state === "refused") { parts.push(v.made("p", v.word("entry-reason", { reason: word.reason }))); } else {
      parts.push(v.pressedTwice(v.word("entry-back"), async () => {
        try { await v.post("/api/own_entry_withdraw", { team, id: word.id }); } catch (failure) {
          v.set(v.part(entry, "wrong"), v.whatWentWrong(failure));
          return;
        }
        drawEntry();
      }));
    }
    return parts;
  }

  /* ------------------------------------------------------------ a steward looks */
  v.by("to-proposals").onclick = () => {
    proposals.showModal();
    drawProposals();
  };
  proposals.onclose = () => v.part(proposals, "all").replaceChildren();

  async function drawProposals() {
    const team = v.stewardTeam().slug, all = v.part(proposals, "all");
    v.set(v.part(proposals, "wrong"), "");
    let told;
    try { told = await v.post("/api/entry_proposals", { team }); } catch (failure) {
      v.set(v.part(proposals, "wrong"), v.whatWentWrong(failure));
      return;
    }
    if (!proposals.open) { return; }
    const part = (word, rows) => rows.length
      ? [v.made("h3", v.word(word)), ...rows.map(row => drawnProposal(row, team))] : [];
    all.replaceChildren(
      ...(told.proposals.length ? part("proposals-waiting", told.proposals)
        : [v.made("p", v.word("proposals-none"), "quiet")]),
      ...part("proposals-lost", told.without_place), ...part("proposals-now", told.in_force)
    );
  }
  function drawnProposal(row, team) {
    const node = v.copy("a-proposal"), reason = v.part(node, "reason"), wrong = v.part(node, "wrong");
    const hasPlace = Boolean(row.stands), isWaiting = row.state === "waiting";
    const name = hasPlace ? row.organization_name + ": " + row.service_name : row.organization + ": " + row.service;
    v.set(v.part(node, "name"), name);
    v.set(v.part(node, "when"), v.word("word-of", { day: row.proposed, state: row.state_text }));
    facts(v.part(node, "says"), row.says);
    facts(v.part(node, "stands"), row.stands || []);
    v.show(v.part(node, "beside"), hasPlace);
    named(v.part(node, "reason-label"), reason);
    v.show(v.part(node, "reason-part"), isWaiting);
    v.show(v.part(node, "accept"), isWaiting && hasPlace);
    v.show(v.part(node, "refuse"), isWaiting);
    v.show(v.part(node, "end"), !isWaiting);
    const decide = async (decision, said, more = {}) => {
      v.set(wrong, "");
      try { await v.post("/api/entry_decide", { team, id: row.id, decision, ...more }); } catch (failure) {
        v.set(wrong, v.whatWentWrong(failure));
        return;
      }
      await drawProposals();
      v.say(v.word(said));
    };
    v.part(node, "form").onsubmit = event => event.preventDefault();
    v.part(node, "accept").onclick = () => decide("accept", "word-taken");
    v.part(node, "refuse").onclick = () => {
      reason.required = true;
      if (reason.reportValidity()) { decide("refuse", "word-refused", { reason: reason.value.trim() }); }
    };
    const end = v.pressedTwice(v.part(node, "end").textContent, () => decide("end", "word-ended"));
    end.hidden = isWaiting;
    v.part(node, "end").replaceWith(end);
    return node;
  }
})();
