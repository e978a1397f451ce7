/* From signing in to open conversations: the first key and its phrase, unlocking, the keys of the teams, locking.
   What opens conversations is held in `v.holders`, in the memory of this page only: "me", "team:<slug>" and, while
   a recovery code is in use, "escrow:<slug>". Who only leads a team gets no key of it: to lead gives no right to read.
*/
(function () {
  const v = window.voordeur;
  let phrase = [], after = null;
  v.holders = new Map();
  v.troubled = new Set();
  v.isOpen = () => v.holders.has("me");
  v.mayRead = roles => roles.some(role => role !== "lead" && role !== "steward");
  v.team = slug => v.me.teams.find(one => one.slug === slug);

  v.stage = name => {
    for (const one of v.by("before").children) { one.hidden = one.id !== name; }
    v.show(v.by("before"), name !== "work");
    v.show(v.by("work"), name === "work");
    const first = name !== "work" && v.by(name).querySelector("h1[tabindex], input, textarea");
    if (first) { first.focus(); }
  };

  /* Sixteen digits by which two colleagues compare, by voice, whose key this is. */
  v.checkNumbers = async spoken => {
    const bytes = v.joined(v.utf8("voordeur check 1\0"), spoken);
    const hex = v.toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 8));
    return (BigInt("0x" + hex) % 10n ** 16n).toString().padStart(16, "0").match(/.{4}/g).join(" ");
  };

  v.begin = async () => {
    v.stage("work");
    v.by("work").hidden = true;
    if (!window.isSecureContext || !(await v.canHoldKeys())) { return v.stage("unable"); }
    try { v.me = await v.post("/api/me"); } catch (failure) {
      v.stage("trouble");
      v.set(v.part(v.by("trouble"), "why"), v.whatWentWrong(failure));
      return 0;
    }
    return v.me.key ? v.stage("unlock") : makePhrase(v.me.words);
  };
  v.start = entered => {
    after = entered;
    v.part(v.by("trouble"), "again").onclick = v.begin;
    v.begin();
  };

  /* ------------------------------------------------------------ the first key */
  function makePhrase(words) {
    try { phrase = v.newPhrase(words || []); } catch {
      v.stage("trouble");
      return v.set(v.part(v.by("trouble"), "why"), v.word("no-words"));
    }
    return showPhrase();
  }
  function showPhrase() {
    v.part(v.by("make"), "words").replaceChildren(...phrase.map(word => {
      const node = document.createElement("li");
      node.textContent = word;
      return node;
    }));
    v.stage("make");
  }
  v.part(v.by("make"), "written").onclick = () => {
    v.part(v.by("make"), "words").replaceChildren();
    v.stage("repeat");
  };
  v.part(v.by("repeat"), "show").onclick = showPhrase;

  function wrongWord(typed) {
    const words = v.readPhrase(typed).split(" ").filter(Boolean);
    if (words.length !== phrase.length) { return v.word("phrase-count", { count: words.length }); }
    const place = words.findIndex((word, at) => word !== v.readPhrase(phrase[at]));
    return place < 0 ? "" : v.word("phrase-word", { number: place + 1 });
  }
  v.by("repeat").onsubmit = event => {
    event.preventDefault();
    const box = v.by("repeat-words"), wrong = wrongWord(box.value);
    v.set(v.by("repeat-wrong"), wrong);
    if (!wrong) {
      busy("repeat", async () => {
        const own = v.newKey(), kept = await v.sealOwn(own, phrase.join(" ")), holder = await v.holderOf(own);
        own.fill(0);
        await v.post("/api/key", {
          public: v.toBase64(holder.public), sealed: v.toBase64(kept.sealed), salt: v.toBase64(kept.salt),
          rounds: kept.rounds
        });
        phrase = [];
        box.value = "";
        v.me = await v.post("/api/me");
        v.say(v.word("key-made"));
        await enter(holder);
      });
    }
  };

  /* ------------------------------------------------------------ every other time */
  v.part(v.by("unlock"), "look").onchange = event => {
    v.by("unlock-words").type = event.target.checked ? "text" : "password";
  };
  v.part(v.by("unlock"), "anew").onclick = () => busy("unlock", async () => {
    makePhrase((await v.post("/api/me", { words: true })).words);
  });
  v.by("unlock").onsubmit = event => {
    event.preventDefault();
    const box = v.by("unlock-words"), { key } = v.me;
    busy("unlock", async () => {
      const kept = { sealed: v.fromBase64(key.sealed), salt: v.fromBase64(key.salt), rounds: key.rounds };
      const own = await v.openOwn(kept, box.value).catch(() => { throw Error("phrase-wrong"); });
      const holder = await v.holderOf(own);
      own.fill(0);
      if (v.toBase64(holder.public) !== key.public) { throw Error("key-other"); }
      box.value = "";
      box.type = "password";
      v.part(v.by("unlock"), "look").checked = false;
      v.me = await v.post("/api/me");
      await enter(holder);
    });
  };

  async function busy(name, work) {
    const wrong = v.by(name + "-wrong"), button = v.by(name).querySelector("button.go");
    if (button.disabled) { return; }
    button.disabled = true;
    v.set(wrong, "");
    v.say(v.word("opening"));
    try { await work(); } catch (failure) { v.set(wrong, v.whatWentWrong(failure)); } finally {
      button.disabled = false;
      v.say("");
    }
  }
  async function enter(holder) {
    v.holders.clear();
    v.holders.set("me", holder);
    await v.openTeams();
    v.stage("work");
    after();
  }

  /* ------------------------------------------------------------ the keys of the teams */
  v.openTeams = async () => {
    v.troubled.clear();
    for (const team of v.me.teams) {
      if (v.mayRead(team.roles)) { await openTeam(team).catch(() => v.troubled.add(team.slug)); }
    }
  };
  v.rawTeamKey = team => v.unwrapKey(v.holders.get("me"), v.fromBase64(team.sealed_team_key), v.teamContext(team.slug));
  async function openTeam(team) {
    if (!team.public) { return makeTeamKey(team); }
    if (!team.sealed_team_key || v.holders.has("team:" + team.slug)) { return 0; }
    const raw = await v.rawTeamKey(team), holder = await v.holderOf(raw);
    raw.fill(0);
    if (v.toBase64(holder.public) !== team.public) { throw Error("team-other"); }
    return v.holders.set("team:" + team.slug, holder);
  }
  async function makeTeamKey(team) {
    const raw = v.newKey(), holder = await v.holderOf(raw), mine = v.holders.get("me").public;
    const context = v.teamContext(team.slug);
    const { members } = await v.post("/api/team_members", { team: team.slug });
    const readers = members.filter(one => one.id !== v.me.id && one.public && v.mayRead(one.roles));
    const all = [{ id: v.me.id, key: mine }, ...readers.map(one => ({ id: one.id, key: v.fromBase64(one.public) }))];
    const wrapped = await Promise.all(all.map(async one => ({
      staff: one.id, wrapped: v.toBase64(await v.wrapKey(one.key, raw, context))
    })));
    raw.fill(0);
    const spoken = v.toBase64(holder.public);
    try { await v.post("/api/team_key", { team: team.slug, public: spoken, wrapped }); } catch (failure) {
      if (failure.status === 0) { throw failure; }
      v.me = await v.post("/api/me");  /* a colleague was first, and may have thought of us */
      const now = v.team(team.slug);
      return now && now.public ? openTeam(now) : 0;
    }
    Object.assign(team, {
      public: spoken, sealed_team_key: wrapped.find(one => one.staff === v.me.id).wrapped
    });
    return v.holders.set("team:" + team.slug, holder);
  }
  v.letIn = async (team, member) => {
    const raw = await v.rawTeamKey(team);
    const wrapped = await v.wrapKey(v.fromBase64(member.public), raw, v.teamContext(team.slug));
    raw.fill(0);
    await v.post("/api/wrap_team_key", { team: team.slug, staff: member.id, wrapped: v.toBase64(wrapped) });
  };

  v.forgetKeys = () => {
    v.holders.clear();
    v.me = v.me && { key: v.me.key, teams: [] };
    phrase = [];
  };
})();
