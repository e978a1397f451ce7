/* In the inbox: what we asked partners, what we are asked as partners, and what waits for a second signature. An offer
   opens with the key of the partner's team, only as long as the visitor's yes stands. */
(function () {
  const v = window.voordeur, GOING = ["accepted", "in_contact"];
  let handed = { handovers: [], offers: [], joined: [] }, waiting = [], seen = null, offer = null, opened = null;
  let waitsFor = "", turn = 0, noticed = new Set(), isPhone = false;

  v.handed = () => handed;
  v.refreshHanded = async () => {
    const asked = turn += 1;
    let told;
    try { told = await Promise.all([v.post("/api/handed"), v.post("/api/overrides")]); } catch { return; }
    if (asked !== turn || !v.isOpen()) { return; }
    handed = told[0];
    waiting = told[1].overrides.filter(one => !one.override_is_mine);
    draw();
    comeIn();
  };
  /* We asked to come into a conversation: it opens as soon as its keys are ours too. */
  function comeIn() {
    const found = handed.joined.find(one => one.id === waitsFor);
    if (!found) { return; }
    waitsFor = "";
    v.by("offer").close();
    v.openTalk(found.id, "/api/open");
  }
  v.drawHanded = draw;
  function draw() {
    const fresh = handed.offers.filter(one => one.state === "offered" && seen && !seen.has(one.handover));
    if (fresh.length) { v.say(v.word("new-offer")); }
    seen = new Set(handed.offers.map(one => one.handover));
    const line = (node, row) => {
      v.set(v.part(node, "name"), row.name);
      v.set(v.part(node, "marks"), v.handedMarks(row));
      v.set(v.part(node, "state"), v.word((row.isOffer ? "offer-" : "state-") + row.state));
      v.set(v.part(node, "due"), row.agreed_text && row.state === "accepted"
        ? v.word("first-contact", { text: row.agreed_text }) : row.due_text && v.word("due", { when: row.due_text }));
      const open = v.part(node, "open"), away = v.part(node, "put-away");
      open.disabled = !row.isOffer && !row.is_mine && !row.may_call;
      open.onclick = () => !row.isOffer && row.is_mine ? toHandover(row) : openOffer(row.handover, !row.isOffer);
      v.show(away, !row.isOffer && row.is_back);
      away.setAttribute("aria-label", v.word("put-away-of", { name: row.name }));
      away.onclick = async () => {
        try { await v.post("/api/handover_put_away", { handover: row.handover }); } catch (failure) {
          v.notice("handed", v.whatWentWrong(failure));
        }
        v.refreshInbox();
      };
    };
    const rows = (several, isOffer) => several.map(one => ({ ...one, id: one.handover, isOffer }));
    v.list(v.by("handed"), rows(handed.handovers, false), "a-handed", line);
    v.list(v.by("offers"), rows(handed.offers, true), "a-handed", line);
    v.show(v.by("handed-part"), handed.handovers.length);
    v.show(v.by("offers-part"), handed.offers.length);
    const ids = new Set(waiting.map(one => one.handover));
    for (const id of noticed) { if (!ids.has(id)) { v.notice("override:" + id, ""); } }
    noticed = ids;
    for (const one of waiting) {
      v.notice("override:" + one.handover, v.word("override-asks", { name: one.name }), v.word("look"), () => sign(one));
    }
  }
  async function toHandover(row) {
    await v.openTalk(row.conversation, "/api/open");
    const pane = v.paneOf(row.conversation);
    if (pane) { pane.handing.tab = "handing"; pane.handing.open(); }
  }

  /* ------------------------------------------------------------ the second signature */
  /* Reason and text come only when somebody looks; that they looked is on the trail. */
  async function sign({ handover }) {
    let row;
    try { row = await v.post("/api/override_look", { handover }); } catch (failure) {
      v.notice("handed", v.whatWentWrong(failure));
      return v.refreshInbox();
    }
    v.notice("handed", "");
    const dialog = v.by("signing"), found = await v.openParcel(row, "desk"), go = dialog.querySelector(".go");
    v.set(v.part(dialog, "name"), row.name);
    v.set(v.part(dialog, "reason"), v.reasonOf(found));
    v.drawParts(v.part(dialog, "parts"), found.parts);
    go.disabled = !found.key || !found.parts.length;
    dialog.onclose = () => { v.set(v.part(dialog, "reason"), ""); v.part(dialog, "parts").replaceChildren(); };
    v.ask(dialog, async () => {
      const spoken = row.partner_public && v.fromBase64(row.partner_public);
      const wrapped = spoken && await v.wrapKey(spoken, found.key, v.parcelContext(row.handover));
      await v.post("/api/override_sign", { handover: row.handover, for_partner: wrapped ? v.toBase64(wrapped) : null });
      v.refreshInbox();
    });
    if (go.disabled) { v.set(v.part(dialog, "wrong"), v.word("parcel-closed")); }
    return 0;
  }

  /* ------------------------------------------------------------ an offer */
  /* An offer to us, or (byPhone) what a colleague asked a partner without a desk and somebody of us can finish. */
  async function openOffer(handover, byPhone = false) {
    const dialog = v.by("offer");
    [offer, opened, isPhone] = [null, null, byPhone];
    try { await look(handover); } catch (failure) { return v.notice("handed", v.whatWentWrong(failure)); }
    dialog.onclose = () => {
      offer = opened = null;
      for (const name of ["parts", "remarks", "permitted", "acts"]) { v.part(dialog, name).replaceChildren(); }
    };
    v.part(dialog, "away").onclick = () => dialog.close();
    v.notice("handed", "");
    if (!dialog.open) { dialog.showModal(); }
    return 0;
  }
  async function look(handover) {
    const told = await v.post(isPhone ? "/api/team_phone_look" : "/api/offer", { handover });
    const read = await v.openParcel(told, isPhone ? "desk" : "partner");
    [offer, opened] = [told, read];
    drawOffer();
  }
  /* The stream said that something changed: what is on the screen is looked at again, or is not there any more. */
  v.offerAgain = async () => {
    if (!offer || !v.by("offer").open) { return; }
    try { await look(offer.handover); } catch (failure) {
      if (failure.status === 404) {
        v.by("offer").close();
        v.notice("handed", v.word("offer-gone"));
      }
    }
  };
  function drawOffer() {
    const dialog = v.by("offer"), { state } = offer;
    const said = {
      name: v.word("offer-for", { name: offer.name }), marks: v.handedMarks(offer), state: v.word((isPhone ? "state-" : "offer-") + state),
      due: offer.due_text && v.word("due", { when: offer.due_text }),
      agreed: offer.agreed_text && v.word("first-contact", { text: offer.agreed_text }),
      until: v.word("yes-until", { day: v.dateName(offer.until) }),
      override: offer.override === "signed"
        ? [v.word("offer-override"), offer.is_untold && v.word("offer-untold")].filter(Boolean).join(" ") : "",
      joining: isPhone || offer.override || offer.state === "completed" ? ""
        : v.word(offer.may_join ? "offer-may-join" : "offer-may-not-join"),
      language: offer.language ? v.word("offer-language", { language: v.languageName(offer.language) }) : "",
      closed: opened.isClosed ? v.word("parcel-closed") : "",
      waits: isPhone ? v.phoneSteps(offer) : waitsFor && waitsFor === offer.conversation ? v.word("waits-in") : ""
    };
    for (const [name, text] of Object.entries(said)) { v.set(v.part(dialog, name), text || ""); }
    v.set(v.part(dialog, "wrong"), "");
    v.drawParts(v.part(dialog, "parts"), opened.parts);
    v.drawRemarks(v.part(dialog, "remarks"), opened.remarks);
    v.drawPermitted(v.part(dialog, "permitted"), offer.permission, offer.ways);
    /* Buttons that stay the same stay where they are, and with them the focus. */
    const acts = (isPhone ? phoneActs() : offerActs()).filter(([is]) => is)
      .map(([, id, act, className, said]) => ({ id, act, className, said }));
    v.list(v.part(dialog, "acts"), acts, "an-act", (node, row) => {
      v.set(node, v.word(row.id, row.said));
      node.className = row.className || "";
      node.onclick = row.act;
    });
  }
  function offerActs() {
    const { state } = offer, isGoing = GOING.includes(state), isIn = offer.conversation && offer.is_let_in;
    const post = (path, more) => v.post(path, { handover: offer.handover, ...more });
    const again = async () => { v.refreshInbox(); await v.offerAgain(); };
    const plainly = path => () => tried(async () => { await post(path); await again(); });
    return [
      [state === "offered", "do-accept", () => v.askAgreed(offer.ways, async more => {
        await post("/api/offer_accept", more);
        await again();
      }), "go"],
      [isGoing && isIn, "do-open", () => { v.by("offer").close(); v.openTalk(offer.conversation, "/api/open"); }, "go"],
      [isGoing && !isIn && offer.may_join, "do-join", () => tried(join)],
      [state === "accepted", "do-contact", plainly("/api/offer_contact")],
      [state === "in_contact", "do-done", plainly("/api/offer_done")],
      [(state === "offered" || isGoing) && opened.key, "do-question", () => askPartner(again)],
      [isGoing && offer.conversation, "do-leave", plainly("/api/offer_leave")],
      [state === "offered" || isGoing, "do-decline", () => v.askNo(offer.reasons, Boolean(opened.key), async given => {
        const { word, ...more } = given, no = said => post("/api/offer_decline", { ...more, ...said });
        const withWord = ({ number, sealed }) => no({ number, word: sealed });
        await (word ? v.sendRemark(offer, opened.key, word, withWord) : no({}));
        v.by("offer").close();
        v.refreshInbox();
      })]
    ];
  }
  function phoneActs() {
    const next = v.phoneNext(offer), { handover, ways, reasons, next_remark: number } = offer;
    const step = async more => {
      await v.post("/api/team_phone", { handover, ...more });
      v.refreshInbox();
      if (["contact", "declined"].includes(more.done)) { v.by("offer").close(); } else { await v.offerAgain(); }
    };
    const go = next === "agreed" ? () => v.askAgreed(ways, more => step({ done: next, ...more }))
      : () => tried(() => step({ done: next || "contact" }));
    return [
      [true, next ? "phone-do" : "do-contact", go, "go", next && { step: v.word("phone-" + next) }],
      [true, "do-no", () => v.askNo(reasons, Boolean(opened.key), async ({ word, ...more }) => {
        const sealed = word ? await v.sealRemark(opened.key, handover, number, word) : null;
        await step({ done: "declined", ...more, word: sealed });
      })]
    ];
  }
  async function join() {
    const told = await v.post("/api/offer_join", { handover: offer.handover });
    waitsFor = told.conversation;
    v.refreshInbox();
    await v.offerAgain();
  }
  async function tried(act) {
    try { await act(); } catch (failure) { v.set(v.part(v.by("offer"), "wrong"), v.whatWentWrong(failure)); }
  }
  function askPartner(again) {
    const dialog = v.by("question"), form = dialog.querySelector("form");
    form.reset();
    dialog.onclose = () => form.reset();
    v.ask(dialog, async () => {
      const { handover } = offer;
      await v.sendRemark(offer, opened.key, form.text.value.trim(), ({ number, sealed }) =>
        v.post("/api/offer_ask", { handover, number, envelope: sealed }));
      await again();
    });
  }
  v.forgetHanded = () => {
    turn += 1;
    noticed = new Set();
    [handed, waiting, seen, waitsFor] = [{ handovers: [], offers: [], joined: [] }, [], null, ""];
  };
})();
