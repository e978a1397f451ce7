/* One conversation without its page: keys by epoch, messages opened, what is on its way, the sealed draft.
   Directions: v visitor, d desk, h paper of a hand-over (talk key, the visitor reads it too); p plan (plan key: who
   goes along with the visitor may read it); w whisper, n note, f draft (desk key). A guest from a partner holds the
   talk key only, of the epochs since they came in, and writes to the visitor only. */
(function () {
  const v = window.voordeur, PAUSES = [1000, 2000, 4000, 8000, 15000], MOST_ROUNDS = 20;
  const OPEN_TO_VISITOR = "vdh", PLAN = "p", DRAFT = "f", BY_A_GUEST = "d";
  const TALK_KEY = 32, BOTH_KEYS = 64;
  /* What each reader gets; who does not stand here is of the desk, and gets both keys. */
  const PAYLOADS = { visitor: "talk", guest: "talk", buddy_talk: "talk", buddy: "plan" };
  const MOST_RENEWALS = 3, MOST_OLDER = 180;  /* so many fit in one question; the rest follows with the next keys */
  /* Somebody was first, or the readers changed while the keys were made. */
  const isOvertaken = failure => failure.status === 409 || failure.status === 400;

  v.Talk = class {
    constructor(id, changed) {
      Object.assign(this, {
        id, changed, keys: new Map(), epoch: -1, messages: [], known: new Set(), unsent: [], place: 0, next: {},
        state: "held", presence: "unknown", label: {}, draft: "", isOver: "", coaches: [], guests: [], owner: "",
        isGuest: false, pumping: false, reading: null
      });
    }

    /* path: /api/open, /api/pick or /api/take_over. Makes a new epoch when the readers changed. */
    async open(path) {
      this.renewing = true;
      try {
        await this.takeIn(await v.post(path, { id: this.id }));
        await this.renew();
      } finally { this.renewing = false; }
      if (!this.keys.has(this.epoch)) { throw Error("no-key"); }
    }
    async renew() {
      for (let round = 0; this.needsEpoch; round += 1) {
        try { await this.makeEpoch(this.readers); } catch (failure) {
          if (!isOvertaken(failure) || round === MOST_RENEWALS) { throw failure; }
          await this.takeIn(await v.post("/api/open", { id: this.id }));
        }
      }
    }

    async takeIn(material) {
      Object.assign(this, {
        team: material.team, label: material.label, readers: material.readers, needsEpoch: material.needs_epoch,
        coaches: material.coaches || [], guests: material.guests || [], isGuest: Boolean(material.is_guest),
        owner: material.owner_name || ""
      });
      await this.takeInNews(material);
      if (material.draft) {
        const keys = this.keys.get(material.draft.epoch), sealed = v.fromBase64(material.draft.envelope);
        const kept = keys && keys.desk && await v.openEnvelope(keys.desk, this.id, DRAFT, 1, sealed).catch(() => "");
        if (kept) { this.draft = JSON.parse(kept).t; }
      }
    }
    async takeInNews(news) {
      /* An answer that was on its way when new keys were made is older than they are: an epoch only goes up. */
      Object.assign(this, { epoch: Math.max(this.epoch, news.epoch), state: news.state, presence: news.presence });
      for (const grant of news.grants || []) { await this.takeKey(grant); }
      for (const one of news.messages) { await this.takeMessage(one); }
      this.messages.sort((one, other) => one.place - other.place);
    }
    async takeKey(grant) {
      const holder = v.holders.get(grant.reader);
      const had = this.keys.get(grant.epoch);
      if (!holder || (had && had.desk)) { return; }
      try {
        const both = await v.unwrapKey(holder, v.fromBase64(grant.wrapped), v.grantContext(this.id, grant.epoch));
        if (both.length !== BOTH_KEYS && both.length !== TALK_KEY) { return; }
        const talk = both.slice(0, TALK_KEY), desk = both.length === BOTH_KEYS ? both.slice(TALK_KEY) : null;
        this.keys.set(grant.epoch, { talk, desk, plan: await v.planKey(talk) });
      } catch { /* a key for a former key of ours: others may still open it */ }
    }
    keyFor(direction, epoch) {
      const keys = this.keys.get(epoch);
      return keys && (OPEN_TO_VISITOR.includes(direction) ? keys.talk : direction === PLAN ? keys.plan : keys.desk);
    }
    async takeMessage(one) {
      this.place = Math.max(this.place, one.place);
      this.next[one.direction] = Math.max(this.next[one.direction] || 1, one.sequence + 1);
      if (this.known.has(one.message_id)) {
        const closed = this.messages.find(had => had.id === one.message_id && !had.body);
        if (closed) { closed.body = await this.read(one); }
        return;
      }
      this.known.add(one.message_id);
      this.unsent = this.unsent.filter(item => item.id !== one.message_id);
      const body = await this.read(one);
      this.messages.push({ place: one.place, id: one.message_id, direction: one.direction, body });
    }
    async read(one) {
      const key = this.keyFor(one.direction, one.epoch);
      try {
        const sealed = v.fromBase64(one.envelope);
        const text = await v.openEnvelope(key, this.id, one.direction, one.sequence, sealed);
        const body = JSON.parse(text);
        return body && typeof body.t === "string" ? body : { t: text, kind: "text" };
      } catch { return null; }
    }

    /* What came after what we have; one question at a time, and one more when it was asked for meanwhile. */
    refresh() {
      if (this.reading) {
        this.isAskedAgain = true;
        return this.reading;
      }
      this.reading = (async () => {
        do {
          this.isAskedAgain = false;
          const before = this.epoch, news = await v.post("/api/read", { id: this.id, after: this.place });
          await this.takeInNews(news);
          if (news.needs_epoch && !this.renewing && !this.isOver) { this.renewSoon(); }
          if (news.epoch > before && !this.keys.has(news.epoch)) { this.isOver = "elsewhere"; }
        } while (this.isAskedAgain);
      })().catch(failure => {
        if (failure.status === 404) { this.isOver = this.isOver || "elsewhere"; }
      }).finally(() => {
        this.reading = null;
        this.changed();
      });
      return this.reading;
    }

    /* We hold other keys than before: what stayed closed may open now. */
    reread() { if (!this.renewing && !this.isOver) { this.renewSoon(); } }

    /* Readers changed while it is ours: a coach came, or the visitor has another code. */
    async renewSoon() {
      this.renewing = true;
      try {
        await this.takeIn(await v.post("/api/open", { id: this.id }));
        await this.renew();
      } catch { /* at the next news it is tried again */ } finally {
        this.renewing = false;
        this.changed();
      }
    }

    /* New keys for everybody who must be able to read from now on. The keys of readers come from the server; those
       that we know ourselves must be the ones that we know. */
    async makeEpoch(readers) {
      const epoch = this.epoch + 1, keys = { talk: v.newKey(), desk: v.newKey() };
      keys.plan = await v.planKey(keys.talk);
      const both = v.joined(keys.talk, keys.desk), context = v.grantContext(this.id, epoch);
      const grants = await Promise.all(readers.map(async one => {
        const spoken = v.fromBase64(one.public), known = v.holders.get(one.who);
        if (known && !v.isSame(known.public, spoken)) { throw Error("reader-wrong"); }
        const payload = keys[PAYLOADS[one.who]] || both;
        return { tag: one.tag, wrapped: v.toBase64(await v.wrapKey(spoken, payload, context)) };
      }));
      await v.post("/api/epoch", { id: this.id, epoch, grants, older: await this.older(readers) });
      this.keys.set(epoch, keys);
      this.epoch = epoch;
      this.needsEpoch = false;
    }

    /* Keys of before, for whoever goes on or reads along and does not have them: the story stays whole. The visitor
       has them, and the desk's own are never for the visitor; a guest or a buddy has what was agreed, and no more. */
    older(readers) {
      const wanted = readers.filter(one => !(one.who in PAYLOADS)).flatMap(one => {
        const epochs = (one.lacks || []).filter(epoch => (this.keys.get(epoch) || {}).desk);
        return epochs.map(epoch => ({ one, epoch }));
      }).sort((first, second) => second.epoch - first.epoch).slice(0, MOST_OLDER);
      return Promise.all(wanted.map(async ({ one, epoch }) => {
        const keys = this.keys.get(epoch), both = v.joined(keys.talk, keys.desk);
        const wrapped = await v.wrapKey(v.fromBase64(one.public), both, v.grantContext(this.id, epoch));
        return { tag: one.tag, epoch, wrapped: v.toBase64(wrapped) };
      }));
    }

    /* Of a direction, what was said last of this kind (and about this); nothing when there is none. */
    last(direction, kind, ref) {
      const found = this.messages.filter(({ body, direction: way }) =>
        way === direction && body && body.kind === kind && (ref === undefined || body.ref === ref));
      return found.length ? found[found.length - 1].body : null;
    }

    body(text, kind, ref) {
      return {
        t: text, at: v.minuteNow(), by: v.me.shown_name, role: this.role(),
        kind: kind || "text", ref: ref || "", lang: this.label.language || ""
      };
    }
    /* As whom we answer: the same order as the server's when somebody has several roles. */
    role() {
      if (this.isGuest) { return "partner"; }
      const { roles } = v.team(this.team) || { roles: [] }, isPeerWished = this.label.wish === "peer";
      const order = isPeerWished ? ["peer", "responder", "coach"] : ["responder", "coach", "peer"];
      return this.isCoachedByMe ? "coach" : order.find(one => roles.includes(one)) || "responder";
    }
    /* How many bytes this text is too long, once it is sealed; 0 or less when it fits. */
    tooLong(body) { return v.utf8(JSON.stringify(body)).length - v.longest; }

    /* Puts a message on its way. It is tried again by itself, with the same id, until the server has it. */
    send(direction, body) {
      if (this.isGuest && !BY_A_GUEST.includes(direction)) { return Promise.resolve(false); }
      const item = { id: v.toBase64(crypto.getRandomValues(new Uint8Array(16))), direction, body, state: "sending" };
      this.unsent.push(item);
      this.changed();
      item.done = new Promise(done => { item.settle = done; });
      this.pump();
      return item.done;
    }
    async pump() {
      if (this.pumping) { return; }
      this.pumping = true;
      let item, tries = 0, rounds = 0;
      while (!this.isStopped && (item = this.unsent.find(one => one.state !== "refused"))) {
        try {
          await this.sendOne(item);
          tries = rounds = 0;
        } catch (failure) {
          const isFinal = [400, 403, 404, 413].includes(failure.status) || !("status" in failure);
          if (failure.status === 409 && rounds < MOST_ROUNDS) {
            rounds += 1;
            await this.behind(item, failure.data);
          } else if (isFinal) {
            item.state = "refused";
            item.why = failure.status === 404 ? "over-elsewhere" : failure.message;
            item.settle(false);
          } else {
            item.state = "unsent";
            this.changed();
            await v.pause(PAUSES[Math.min(tries, PAUSES.length - 1)]);
            tries += 1;
          }
        }
        this.changed();
      }
      this.pumping = false;
    }
    async sendOne(item) {
      const { epoch } = this, sequence = this.next[item.direction] || 1, key = this.keyFor(item.direction, epoch);
      if (!key) { throw Error("no-key"); }
      const sealed = await v.sealEnvelope(key, this.id, item.direction, sequence, JSON.stringify(item.body));
      const answer = await v.post("/api/write", {
        id: this.id, message_id: item.id, direction: item.direction, sequence, epoch, envelope: v.toBase64(sealed)
      });
      this.next[item.direction] = Math.max(this.next[item.direction] || 1, sequence + 1);
      this.unsent = this.unsent.filter(one => one !== item);
      if (!this.known.has(item.id)) {
        this.known.add(item.id);
        this.messages.push({
          place: answer.place, id: item.id, direction: item.direction, body: item.body, isSentNow: true
        });
        this.messages.sort((one, other) => one.place - other.place);
      }
      item.settle(true);
    }
    async behind(item, told) {
      if (told.epoch !== undefined && told.epoch !== this.epoch) {
        await this.refresh();
        if (!this.keys.has(told.epoch)) {
          this.isOver = "elsewhere";
          item.state = "refused";
          item.why = "no-key";
          item.settle(false);
        } else { this.epoch = Math.max(this.epoch, told.epoch); }
      }
      if (told.next) { this.next[item.direction] = told.next; }
    }

    /* Keeps the draft, sealed; an empty one is taken away. Gives whether it is kept. */
    async keepDraft(text) {
      this.draft = text;
      const { epoch } = this, key = this.keyFor(DRAFT, epoch);
      if (!key || this.isOver) { return false; }
      const sealed = text && await v.sealEnvelope(key, this.id, DRAFT, 1, JSON.stringify({ t: text }));
      await v.post("/api/draft", { id: this.id, epoch, envelope: text ? v.toBase64(sealed) : null });
      return true;
    }

    async passOn(team) {
      this.renewing = true;  /* from here on others are to read than those who read now */
      try { await this.passOnTo(team); } finally { this.renewing = false; }
    }
    async passOnTo(team) {
      const { called } = await v.post("/api/pass_on_readers", { id: this.id, team });
      if (!await this.send("d", { ...this.body("", "passed_on"), to: called })) { throw Error("went-wrong"); }
      for (let round = 0, isMade = false; !isMade; round += 1) {
        const { readers } = await v.post("/api/pass_on_readers", { id: this.id, team });
        try {
          await this.makeEpoch(readers);
          isMade = true;
        } catch (failure) {
          if (!isOvertaken(failure) || round === MOST_RENEWALS) { throw failure; }
          await this.refresh();
        }
      }
      await v.post("/api/pass_on", { id: this.id, team });
      this.isOver = "passed";
      this.changed();
    }
    async close(because, shutOut) {
      if (because === "finished" && this.presence !== "left") { await this.send("d", this.body("", "closed")); }
      await v.post("/api/close", { id: this.id, because, shut_out: shutOut });
      this.state = "closed";
      this.isOver = "closed";
      this.changed();
    }

    /* Nothing of it stays in memory. */
    forget() {
      this.isStopped = true;
      this.keys.forEach(keys => [keys.talk, keys.desk, keys.plan].forEach(key => key && key.fill(0)));
      Object.assign(this, { keys: new Map(), messages: [], unsent: [], draft: "", changed: () => 0 });
    }
  };
})();
