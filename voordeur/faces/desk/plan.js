/* What visitor and desk make together: the plan (for safety, and the steps), and which contact is safe. The plan lies
   under a key of its own, which somebody who goes along with the visitor may hold. Who saves last is who is read. */
(function () {
  const v = window.voordeur, SAFETY = ["signs", "calm", "place", "people", "bag", "others"], MOST_STEPS = 12;
  const HERE = "here", DAYS = [0, 1, 2, 3, 4, 5, 6];

  v.Plan = class {
    constructor(handing) {
      Object.assign(this, {
        handing, at: handing.at, talk: handing.pane.talk, shown: "", isTouched: false, isSaving: false
      });
      const { at } = this, form = at("plan");
      form.oninput = () => { this.isTouched = true; };
      form.onsubmit = event => { event.preventDefault(); this.save(); };
      at("plan-theirs").onclick = () => { this.isTouched = false; this.shown = ""; this.draw(); };
      at("plan-step").onclick = () => {
        this.isTouched = true;
        this.addStep({ text: "", done: false }).focus();
      };
    }
    /* As it was saved last, by whom ever; what is being typed is not thrown away for it. */
    draw() {
      const { at } = this, said = this.talk.last("p", "plan"), plan = (said && said.plan) || {};
      const seen = JSON.stringify(said || {});
      if (this.shown === seen || this.isSaving) { return; }
      if (this.isTouched) {
        v.set(at("plan-what"), v.word("plan-changed"));
        v.show(at("plan-theirs"), true);
        return;
      }
      this.shown = seen;
      const safety = plan.safety && !Array.isArray(plan.safety) ? plan.safety : {};
      for (const key of SAFETY) { at("plan").elements[key].value = String(safety[key] || ""); }
      at("plan-steps").replaceChildren();
      const steps = (Array.isArray(plan.steps) ? plan.steps : []).slice(0, MOST_STEPS);
      for (const one of steps.length ? steps : [{ text: "", done: false }]) { this.addStep(one); }
      v.show(at("plan-theirs"), false);
      v.set(at("plan-what"), said ? v.word(said.role === "visitor" ? "plan-by-visitor" : "plan-by", {
        name: said.by || "", when: v.clock(said.at)
      }) : v.word("plan-none"));
    }
    addStep(one) {
      const node = v.copy("a-step"), box = v.part(node, "step-text");
      box.value = String(one.text || "");
      v.part(node, "done").checked = Boolean(one.done);
      this.at("plan-steps").append(node);
      v.show(this.at("plan-step"), this.at("plan-steps").children.length < MOST_STEPS);
      return box;
    }
    async save() {
      const { at, talk } = this, form = at("plan"), wrong = at("plan-wrong");
      const safety = Object.fromEntries(SAFETY.map(key => [key, form.elements[key].value.trim()]));
      const steps = [...at("plan-steps").children].map(node => ({
        text: v.part(node, "step-text").value.trim(), done: v.part(node, "done").checked
      })).filter(one => one.text);
      const body = { ...talk.body("", "plan"), plan: { safety, steps } }, over = talk.tooLong(body);
      v.set(wrong, over > 0 ? v.word("too-long-here", { count: over }) : "");
      if (over > 0) { return; }
      /* What is typed until the server has it, or after it did not take it, stays. */
      Object.assign(this, { isTouched: false, isSaving: true });
      const isSent = await talk.send("p", body);
      this.isSaving = false;
      this.isTouched = this.isTouched || !isSent;
      v.set(wrong, isSent ? "" : v.word("went-wrong"));
      if (isSent) {
        this.draw();
        v.say(v.word("plan-saved"));
      }
    }
    forget() {
      this.at("plan").reset();
      this.at("plan-steps").replaceChildren();
      Object.assign(this, { shown: "", isTouched: false, isSaving: false });
    }
  };

  v.SafeContact = class {
    constructor(handing) {
      Object.assign(this, { handing, at: handing.at, talk: handing.pane.talk, shown: "", isTouched: false });
      const form = this.at("contact");
      form.oninput = () => { this.isTouched = true; };
      form.onsubmit = event => { event.preventDefault(); this.save(this.typed()); };
      this.at("contact-none").onclick = () => this.save({ rule: null, number: "", word: "" });
      v.checks(this.at("contact-days"), DAYS.map(day => [String(day), v.dayName(day)]));
    }
    draw() {
      const { told } = this.handing, { at } = this, form = at("contact").elements;
      const said = this.talk.last("h", "contact") || {}, seen = JSON.stringify([told.permission, said]);
      v.drawPermitted(at("permitted"), told.permission, told.ways);
      v.show(at("contact"), true);  /* not before it shows what stands now */
      if (this.shown === seen || this.isTouched) { return; }
      this.shown = seen;
      const rule = told.permission, windows = rule ? Object.values(rule.ways).flat() : [];
      const [days, from, to] = windows[0] || [[], 600, 720];
      const ways = Object.entries(told.ways).filter(([way]) => way !== HERE);
      v.list(at("contact-ways"), ways.map(([id, text]) => ({ id, text })), "a-way", (node, { id, text }) => {
        v.set(v.part(node, "way-text"), text);
        v.part(node, "may").value = !rule ? "no" : rule.never.includes(id) ? "never" : id in rule.ways ? "yes" : "no";
      });
      for (const box of at("contact-days").querySelectorAll("input")) { box.checked = days.includes(Number(box.value)); }
      form.from.value = v.hourOf(from);
      form.to.value = v.hourOf(to % 1440);
      form.who.value = rule ? rule.who : "only_me";
      form.until.value = (rule && rule.until) || "";
      form.number.value = said.number || "";
      form.word.value = said.word || "";
    }
    typed() {
      const { at } = this, form = at("contact").elements;
      const minutes = box => box.value.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
      const days = v.checked(at("contact-days")).map(Number), window = [days, minutes(form.from), minutes(form.to)];
      const chosen = [...at("contact-ways").children].map(node => [node.dataset.id, v.part(node, "may").value]);
      const word = form.word.value.trim();
      return {
        number: form.number.value.trim(), word, rule: {
          ways: Object.fromEntries(chosen.filter(([, may]) => may === "yes").map(([way]) => [way, [window]])),
          never: chosen.filter(([, may]) => may === "never").map(([way]) => way),
          until: form.until.value || null, who: form.who.value, word: Boolean(word)
        }
      };
    }
    /* The words are sealed for who reads the conversation; the server has the rule alone, which blocks. */
    async save({ rule, number, word }) {
      const { at, talk } = this, wrong = at("contact-wrong");
      if (rule && Object.keys(rule.ways).length && !v.checked(at("contact-days")).length) {
        return v.set(wrong, v.word("days-none"));
      }
      v.set(wrong, "");
      try {
        if (!await talk.send("h", { ...talk.body("", "contact"), number, word })) { throw Error("went-wrong"); }
        await v.post("/api/permit_contact", { id: talk.id, rule });
        this.isTouched = false;
        v.say(v.word("contact-saved"));
      } catch (failure) { v.set(wrong, v.whatWentWrong(failure)); }
      return this.handing.refresh();
    }
    forget() {
      this.at("contact").reset();
      v.show(this.at("contact"), false);
      for (const name of ["contact-ways", "permitted"]) { this.at(name).replaceChildren(); }
      Object.assign(this, { shown: "", isTouched: false });
    }
  };
})();
