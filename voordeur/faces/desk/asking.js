/* Dialogs of the desk: ending, passing on, a telephone conversation and its code, and the people and keys of a team. */
(function () {
  const v = window.voordeur;

  v.askEnd = pane => {
    const dialog = v.by("ending"), form = dialog.querySelector("form");
    const { roles } = v.team(pane.talk.team) || { roles: [] };
    const mayShut = roles.some(role => !["peer", "lead", "steward"].includes(role));
    form.reset();
    form.shut_out.disabled = true;
    v.show(v.part(dialog, "shutting"), mayShut);
    v.show(v.part(dialog, "by-coach"), !mayShut);
    form.onchange = () => {
      form.shut_out.disabled = form.because.value !== "misuse";
      if (form.shut_out.disabled) { form.shut_out.checked = false; }
    };
    v.ask(dialog, async () => {
      await pane.talk.close(form.because.value, form.shut_out.checked);
      v.refreshInbox();
    });
  };

  v.askPassOn = pane => {
    const dialog = v.by("passing"), choice = v.by("passing-team"), button = dialog.querySelector(".go");
    v.options(choice, []);
    button.disabled = true;
    v.ask(dialog, async () => {
      await pane.talk.passOn(choice.value);
      v.refreshInbox();
    });
    v.post("/api/me").then(me => {
      const own = me.teams.filter(one => one.slug !== pane.talk.team && one.public && !one.organization);
      v.options(choice, [...own, ...(me.other_teams || [])].map(one => [one.slug, one.name]));
      button.disabled = !choice.value;
      v.set(v.part(dialog, "wrong"), choice.value ? "" : v.word("no-team"));
    }).catch(failure => v.set(v.part(dialog, "wrong"), v.whatWentWrong(failure)));
  };

  v.askCall = opened => {
    const teams = v.me.teams.filter(one => v.mayRead(one.roles)), mine = v.me.languages || [];
    v.options(v.by("call-team"), teams.map(one => [one.slug, one.name]));
    v.by("call-team").onchange = chooseDoor;
    chooseDoor();
    v.options(v.by("call-language"), mine.map(code => [code, v.languageName(code)]), document.documentElement.lang);
    v.ask(v.by("call"), async () => {
      const made = await v.post("/api/call", {
        team: v.by("call-team").value, door: v.by("call-door").value || null, language: v.by("call-language").value
      });
      showCode(made);
      await opened(made.id);
    });
  };
  /* A team behind more doors: the call is kept under one of them, and nobody guesses which. */
  function chooseDoor() {
    const team = v.team(v.by("call-team").value), doors = Object.entries((team && team.doors) || {});
    const many = doors.length > 1, first = ["", v.word("choose-door")];
    v.options(v.by("call-door"), many ? [first, ...doors] : doors);
    if (many) { v.by("call-door").value = ""; }
    v.by("call-door").required = many;
    v.show(v.by("call-door-part"), many);
  }
  /* The code stands on the page until the dialog is closed, and nowhere else. */
  function showCode(made) {
    const dialog = v.by("code"), words = v.part(dialog, "words"), digits = v.part(dialog, "digits");
    words.replaceChildren(...made.code_words.map(word => {
      const node = document.createElement("li");
      node.textContent = word;
      return node;
    }));
    v.set(digits, made.code_digits.join(" "));
    dialog.onclose = () => {
      words.replaceChildren();
      v.set(digits, "");
    };
    dialog.showModal();
  }
  v.forgetCode = () => { for (const one of document.querySelectorAll("dialog[open]")) { one.close(); } };

  /* ------------------------------------------------------------ the team */
  const line = (tag, text, className = "") =>
    Object.assign(document.createElement(tag), { textContent: text, className });
  const pressed = (text, act) => Object.assign(line("button", text), { type: "button", onclick: act });
  const wrong = () => v.part(v.by("team"), "wrong");

  v.askTeam = slug => {
    v.options(v.by("team-which"), v.me.teams.map(one => [one.slug, one.name]), slug);
    v.by("team-which").onchange = () => showTeam();
    v.by("team").onclose = () => v.part(v.by("team"), "all").replaceChildren();
    showTeam();
    v.by("team").showModal();
  };
  async function showTeam() {
    const team = v.team(v.by("team-which").value), all = v.part(v.by("team"), "all");
    v.set(wrong(), "");
    if (!team) { return all.replaceChildren(); }
    try {
      const asked = ["team_members", "roster", "notice_address"].map(one => v.post("/api/" + one, { team: team.slug }));
      const [{ members }, roster, notice] = await Promise.all(asked);
      const people = document.createElement("ul");
      people.className = "plain-list";
      people.append(...await Promise.all(members.map(one => drawnMember(team, one))));
      all.replaceChildren(
        ...drawnRoster(roster), line("h3", v.word("members")), people, line("h3", v.word("recovery")), ...recovery(team),
        ...noticesTo(team, notice)
      );
    } catch (failure) { v.set(wrong(), v.whatWentWrong(failure)); }
    return 0;
  }
  function drawnRoster(roster) {
    const names = roster.on_duty.join(", ");
    const exceptions = (roster.exceptions || []).map(one => line("li", one.date + ": " + one.text));
    const list = document.createElement("ul");
    list.append(...exceptions);
    return [
      line("p", roster.hours_text ? v.word("hours-of", { hours: roster.hours_text }) : v.word("no-door-hours")),
      ...(exceptions.length ? [list] : []),
      line("p", names ? v.word("on-duty-now", { names }) : v.word("nobody-on"))
    ];
  }
  async function drawnMember(team, one) {
    const node = v.copy("a-member"), mayLet = v.holders.has("team:" + team.slug) && v.mayRead(one.roles);
    const wants = one.public && !one.has_team_key && v.mayRead(one.roles);
    v.set(v.part(node, "name"), one.shown_name);
    v.set(v.part(node, "roles"), one.roles.map(role => v.word("role-" + role)).join(", "));
    v.set(v.part(node, "state"), !v.mayRead(one.roles) ? "" : one.has_team_key ? v.word("has-key")
      : one.public ? v.word("wants-key") : v.word("no-own-key"));
    v.set(v.part(node, "check"), wants ? await v.checkNumbers(v.fromBase64(one.public)) : "");
    v.show(v.part(node, "let"), wants && mayLet && one.id !== v.me.id);
    v.part(node, "let").onclick = async () => {
      try {
        await v.letIn(team, one);
        await showTeam();
        v.lookForAsking();
      } catch (failure) { v.set(wrong(), v.whatWentWrong(failure)); }
    };
    v.part(node, "let").type = "button";
    return node;
  }

  /* ------------------------------------------------------------ where a partner's team wants notices */
  function noticesTo(team, notice) {
    if (!notice.is_offered && !notice.is_set) { return []; }
    const state = v.word(notice.is_set ? "notices-on" : "notices-off");
    const parts = [line("h3", v.word("notices")), line("p", v.word("notices-say")), line("p", state)];
    if (!notice.may_set) { return parts; }
    const set = async address => {
      try {
        await v.post("/api/notice_address", { team: team.slug, address });
        await showTeam();
      } catch (failure) { v.set(wrong(), v.whatWentWrong(failure)); }
    };
    const box = document.createElement("input"), keep = () => set(box.value.trim());
    Object.assign(box, { inputMode: "email", autocomplete: "off", maxLength: 200, value: notice.address || "" });
    box.setAttribute("aria-label", v.word("notices-where"));
    box.onkeydown = event => {
      if (event.key === "Enter") {
        event.preventDefault();
        keep();
      }
    };
    const remove = pressed(v.word("notices-remove"), () => set(null));
    return [...parts, rowOf(box, pressed(v.word("notices-keep"), keep), ...(notice.is_set ? [remove] : []))];
  }

  /* ------------------------------------------------------------ who lets in again */
  function recovery(team) {
    const parts = [line("p", v.word("recovery-" + team.recovery))];
    if (team.roles.includes("lead")) {
      const choice = document.createElement("select");
      choice.setAttribute("aria-label", v.word("recovery"));
      v.options(choice, ["team", "escrow", "none"].map(one => [one, v.word("choose-" + one)]), team.recovery);
      parts.push(rowOf(choice, pressed(v.word("choose"), () => choose(team, choice.value))));
    }
    if (team.recovery === "escrow" && team.escrow_public && v.mayRead(team.roles)) { parts.push(escrowForm(team)); }
    return parts;
  }
  function rowOf(...nodes) {
    const row = line("p", "", "row");
    row.append(...nodes);
    return row;
  }
  async function choose(team, wish) {
    const made = wish === "escrow" ? v.newKey() : null, all = v.part(v.by("team"), "all");
    try {
      const spoken = made && v.toBase64((await v.holderOf(made)).public);
      await v.post("/api/recovery", { team: team.slug, recovery: wish, escrow_public: spoken });
      Object.assign(team, { recovery: wish, escrow_public: spoken });
      await showTeam();
      if (made) {
        const shown = line("p", v.toHex(made).match(/.{4}/g).join(" "), "digits");
        all.append(line("p", v.word("escrow-once"), "notice"), shown);
        made.fill(0);
        shown.scrollIntoView();
      }
    } catch (failure) { v.set(wrong(), v.whatWentWrong(failure)); }
  }
  function escrowForm(team) {
    const name = "escrow:" + team.slug, box = Object.assign(document.createElement("input"), { type: "password" });
    if (v.holders.has(name)) { return line("p", v.word("escrow-on")); }
    box.autocomplete = "off";
    box.setAttribute("aria-label", v.word("escrow-use"));
    return rowOf(line("span", v.word("escrow-use")), box, pressed(v.word("escrow-do"), async () => {
      try {
        const raw = v.fromHex(box.value.replace(/\s/g, "").toLowerCase()), holder = await v.holderOf(raw);
        if (v.toBase64(holder.public) !== team.escrow_public) { throw 0; }
        v.holders.set(name, holder);
        await showTeam();
        v.rereadAll();
      } catch { v.set(wrong(), v.word("escrow-bad")); }
    }));
  }
})();
