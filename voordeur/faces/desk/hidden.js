/* The hidden part of the map: a list without addresses, one address for a reason, and the form of who keeps it.
   Nothing of an entry stays in the page when the dialog closes or the desk locks, nor in a variable. */
(function () {
  const v = window.voordeur, dialog = v.by("hidden"), at = name => v.part(dialog, name), form = at("keep-form"), fields = form.elements;
  const SEES = ["responder", "coach", "steward"], DAY = { day: "numeric", month: "long", year: "numeric" };
  const SHOWN = ["name", "address", "kind", "purpose", "region", "has_place", "capacity", "asking", "source", "dated_on",
    "checked_on"];
  const PLAIN = ["name", "organization", "address", "kind", "purpose", "region", "asking", "source", "dated_on",
    "checked_on", "confidence"];
  let chosen = "", whole = null, mayKeep = false, turn = 0;

  const day = text => new Date(text + "T12:00:00Z").toLocaleDateString(document.documentElement.lang, DAY);
  const placeText = one => v.word("hidden-" + (one.has_place === null ? "unknown" : one.has_place ? "yes" : "no"));
  const team = () => v.by("hidden-team").value;
  const ask = (path, body) => v.post("/api/" + path, { team: team(), ...body });
  const seeing = () => v.me.teams.filter(one => one.roles.some(role => SEES.includes(role)));
  /* An answer that comes after the dialog was closed, or something else was chosen, is thrown away. */
  async function answered(path, body) {
    const mine = turn += 1;
    v.set(at("wrong"), "");
    try {
      const answer = await ask(path, body);
      return mine === turn && dialog.open ? answer : null;
    } catch (failure) {
      if (mine === turn) { v.set(at("wrong"), v.whatWentWrong(failure)); }
      return null;
    }
  }

  function clear() {
    chosen = "";
    whole = null;
    v.set(at("chosen"), "");
    v.by("hidden-why").value = "";
    at("facts").replaceChildren();
    form.reset();
    /* A reset gives back what the page came with; what was typed is in the browser's memory of undo, so: new fields. */
    for (const one of form.querySelectorAll("input:not([type=radio], [type=checkbox]), textarea")) {
      one.replaceWith(one.cloneNode(false));
    }
    for (const name of ["why-form", "whole", "keep-form"]) { v.show(at(name), false); }
  }
  v.forgetHidden = () => {
    turn += 1;
    clear();
    at("list").replaceChildren();
    v.set(at("wrong"), "");
    if (dialog.open) { dialog.close(); }
  };
  v.mayLookHidden = () => seeing().length > 0;
  v.askHidden = () => {
    clear();
    v.options(v.by("hidden-team"), seeing().map(one => [one.slug, one.name]));
    v.show(at("team-part"), seeing().length > 1);
    dialog.showModal();
    showList();
  };

  async function showList() {
    clear();
    const told = await answered("hidden", {});
    if (!told) { return; }
    mayKeep = told.may_keep;
    v.list(at("list"), told.entries, "a-hidden", (node, one) => {
      v.set(v.part(node, "what"), one.kind_text);
      v.set(v.part(node, "where"), one.region || v.word("hidden-everywhere"));
      v.set(v.part(node, "place"), placeText(one));
      v.set(v.part(node, "checked"), v.word("hidden-checked", { day: day(one.checked_on) }));
      node.firstElementChild.onclick = () => choose(one);
    });
    v.show(at("none"), !told.entries.length);
    v.show(at("new-part"), mayKeep);
  }
  function choose(one) {
    turn += 1;
    clear();
    chosen = one.id;
    v.set(at("chosen"), one.kind_text + " · " + (one.region || v.word("hidden-everywhere")));
    v.show(at("why-form"), true);
    v.by("hidden-why").focus();
  }
  at("why-form").onsubmit = async event => {
    event.preventDefault();
    const told = await answered("hidden_look", { entry: chosen, reason: v.by("hidden-why").value.replace(/\n/g, " ") });
    if (!told) { return; }
    whole = told.entry;
    const values = {
      ...whole, kind: told.kind_text, region: whole.region || v.word("hidden-everywhere"),
      has_place: placeText(whole), dated_on: day(whole.dated_on), checked_on: day(whole.checked_on)
    };
    at("facts").replaceChildren(...SHOWN.filter(name => values[name] !== null).flatMap(name => [
      Object.assign(document.createElement("dt"), { textContent: v.word("hidden-" + name) }),
      Object.assign(document.createElement("dd"), { textContent: String(values[name]), dir: "auto", className: "said" })
    ]));
    v.by("hidden-why").value = "";
    v.show(at("why-form"), false);
    v.show(at("keeping"), mayKeep);
    v.show(at("whole"), true);
    at("whole").focus();
  };

  /* ------------------------------------------------------------ for who keeps the map */
  function drawRoles() {
    for (const box of form.querySelectorAll("[name=roles]")) { box.disabled = fields.audience.value !== "roles"; }
  }
  function openForm(one) {
    v.show(at("whole"), false);
    for (const name of PLAIN) { if (one[name] !== undefined) { fields[name].value = one[name]; } }
    if ("has_place" in one) { fields.has_place.value = { true: "yes", false: "no" }[one.has_place] || ""; }
    if (one.capacity) { fields.capacity.value = one.capacity; }
    if (one.audience) { fields.audience.value = one.audience; }
    for (const box of form.querySelectorAll("[name=roles]")) { box.checked = (one.roles || []).includes(box.value); }
    drawRoles();
    v.show(form, true);
    fields.name.focus();
  }
  form.onchange = drawRoles;
  form.onsubmit = async event => {
    event.preventDefault();
    const body = Object.fromEntries(PLAIN.map(name => [name, fields[name].value]));
    body.has_place = { yes: true, no: false }[fields.has_place.value] ?? null;
    body.capacity = fields.capacity.value === "" ? null : Number(fields.capacity.value);
    body.audience = fields.audience.value;
    body.roles = body.audience === "roles"
      ? [...form.querySelectorAll("[name=roles]:checked")].map(one => one.value) : [];
    if (await answered("hidden_keep", { ...(chosen ? { entry: chosen } : {}), ...body })) { done("hidden-kept"); }
  };
  async function done(word) {
    await showList();
    v.say(v.word(word));
    at("list").parentElement.focus();
  }
  at("new").onclick = () => {
    turn += 1;
    clear();
    openForm({});
  };
  at("change").onclick = () => openForm(whole);
  at("remove").onclick = async () => {
    if (!confirm(v.word("hidden-remove-sure"))) { return; }
    if (await answered("hidden_remove", { entry: chosen })) { done("hidden-gone"); }
  };
  at("keep-away").onclick = showList;
  at("away").onclick = v.forgetHidden;
  v.by("hidden-team").onchange = showList;
  dialog.onclose = v.forgetHidden;
})();
