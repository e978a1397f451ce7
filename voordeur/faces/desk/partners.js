/* Partners, for stewards: teams of organisations, their people, an invitation whose passphrase is shown once. */
(function () {
  const v = window.voordeur, dialog = v.by("partners");
  const isOurs = team => !team.organization, has = role => team => isOurs(team) && team.roles.includes(role);
  const PROPOSE = ["responder", "coach", "lead"], ROLES = PROPOSE;

  v.made = (tag, text, className = "") =>
    Object.assign(document.createElement(tag), { textContent: text, className });
  /* What cannot be taken back by the same button is asked once more, on the button itself. */
  v.pressedTwice = (text, act) => {
    const button = v.pressed(text, () => {
      if (button.textContent === text) {
        v.set(button, v.word("really"));
        return;
      }
      act();
    });
    button.onblur = () => v.set(button, text);
    return button;
  };
  v.stewardTeam = () => v.me.teams.find(has("steward"));
  v.entryTeams = () => v.me.teams.filter(one => one.organization && one.roles.some(role => PROPOSE.includes(role)));
  v.drawPartnerButtons = () => {
    v.show(v.by("to-partners"), v.stewardTeam());
    v.show(v.by("to-proposals"), v.stewardTeam());
    v.show(v.by("to-entry"), v.entryTeams().length);
    v.show(v.by("to-upkeep"), v.stewardTeam() || v.entryTeams().length);
  };

  const part = name => v.part(dialog, name);
  function forgetOnce() {
    for (const name of ["once-give", "once-name", "once-phrase", "once-until"]) { v.set(part(name), ""); }
    v.show(part("once"), false);
  }
  v.by("to-partners").onclick = async () => {
    forgetOnce();
    v.set(part("wrong"), "");
    dialog.showModal();
    v.options(v.by("invite-role"), ROLES.map(role => [role, v.word("role-" + role)]));
    await draw();
  };
  dialog.onclose = () => {
    forgetOnce();
    part("teams").replaceChildren();
    for (const form of dialog.querySelectorAll("form[data-p]")) { form.reset(); }
  };

  async function draw() {
    let told;
    try { told = await v.post("/api/partners"); } catch (failure) {
      v.set(part("wrong"), v.whatWentWrong(failure));
      return;
    }
    if (!dialog.open) { return; }
    part("teams").replaceChildren(...(told.teams.length ? told.teams.map(drawnTeam)
      : [v.made("li", v.word("partner-none"), "quiet")]));
    v.options(v.by("invite-team"), told.teams.map(one => [one.slug, one.name]));
    v.options(v.by("partner-organization"), told.organizations.map(one => [one.id, one.name]));
    if (!part("languages").children.length) {
      part("languages").replaceChildren(...told.languages.map(code => {
        const label = v.made("label", "", "check"), box = document.createElement("input");
        Object.assign(box, { type: "checkbox", value: code, name: "language" });
        label.append(box, v.languageName(code));
        return label;
      }));
    }
  }
  function drawnTeam(team) {
    const node = v.copy("a-partner-team"), people = v.part(node, "people");
    v.set(v.part(node, "name"), team.name + " (" + team.slug + ")");
    v.set(v.part(node, "about"), [
      team.organization_name ? v.word("partner-of", { name: team.organization_name }) : v.word("partner-gone"),
      v.word(team.has_key ? "partner-key" : "partner-no-key")
    ].join(" · "));
    people.append(...(team.people.length ? team.people.map(one => drawnPerson(team, one))
      : [v.made("li", v.word("partner-nobody"), "quiet")]));
    return node;
  }
  function drawnPerson(team, one) {
    const node = v.copy("a-partner-person"), named = role => v.word("role-" + role);
    v.set(v.part(node, "name"), one.shown_name);
    v.set(v.part(node, "login"), one.name);
    v.set(v.part(node, "roles"), one.roles.map(named).join(", "));
    v.set(v.part(node, "state"), v.word(!one.has_signed_in ? "not-signed-in" : one.has_team_key ? "has-key"
      : one.has_key ? "has-own-key" : "no-own-key"));
    v.part(node, "do").append(
      ...(one.roles.length > 1 ? one.roles : []).map(role => v.pressedTwice(v.word("role-off", { role: named(role) }),
        () => off(team, one, { role }))),
      v.pressedTwice(v.word("login-off"), () => off(team, one, {}))
    );
    return node;
  }
  async function off(team, one, more) {
    v.set(part("wrong"), "");
    try { await v.post("/api/partner_off", { team: team.slug, staff: one.id, ...more }); } catch (failure) {
      v.set(part("wrong"), v.whatWentWrong(failure));
    }
    await draw();
  }

  /* A form of this dialog: busy once, its own place for what went wrong. */
  v.onForm = (form, wrong, act) => {
    let isBusy = false;
    form.onsubmit = async event => {
      event.preventDefault();
      if (isBusy) { return; }
      isBusy = true;
      v.set(wrong, "");
      try { await act(); } catch (failure) { v.set(wrong, v.whatWentWrong(failure)); } finally { isBusy = false; }
    };
  };
  v.onForm(part("make"), part("make-wrong"), async () => {
    const made = await v.post("/api/partner_team", {
      organization: v.by("partner-organization").value, name: v.by("partner-name").value.trim(),
      slug: v.by("partner-slug").value.trim()
    });
    part("make").reset();
    await draw();
    v.by("invite-team").value = made.slug;
    v.say(v.word("team-made"));
  });
  v.onForm(part("invite"), part("invite-wrong"), async () => {
    const shown = v.by("invite-shown").value.trim();
    const made = await v.post("/api/partner_invite", {
      team: v.by("invite-team").value, name: v.by("invite-name").value.trim(), shown_name: shown,
      role: v.by("invite-role").value,
      languages: [...part("languages").querySelectorAll("input:checked")].map(one => one.value)
    });
    part("invite").reset();
    await draw();
    if (!dialog.open) { return; }
    v.set(part("once-give"), v.word("once-give", { name: shown }));
    v.set(part("once-name"), made.name);
    v.set(part("once-phrase"), made.passphrase);
    v.set(part("once-until"), v.word("once-until", { time: v.clock(made.until) }));
    v.show(part("once"), true);
    part("once").focus();
    part("once").scrollIntoView();
  });
})();
