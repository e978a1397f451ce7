/* Keys in the browser of somebody at the desk: the same bytes as voordeur/secrecy/keyring.py, where wrapping is told.
   tests/vectors/keyring.json holds known answers for both. Needs sealing.js before it, and X25519 in the browser.

     holderOf(private) -> {key, public}: a private key that can be used and not be read out of it again
     wrapKey(public, payload, context) -> what only the holder of the private key opens
     unwrapKey(holder, wrapped, context) -> the payload; fails with "broken"
     planKey(talk) -> the key of the plan: who may read the plan alone gets this one, and no way back
     newPhrase(words) -> eight of 2048 words: 88 bits. sealOwn, openOwn: the own private key under such a phrase

   The phrase goes through PBKDF2 (RFC 8018) with SHA-512; its 88 bits are what protects the key, the rounds only help.
   A fresh key, a salt or a nonce is given by known-answer tests only. */
(function () {
  const v = window.voordeur, X = { name: "X25519" }, OWN = v.utf8("voordeur own key 1"), WORDS = 8;
  const PKCS8 = v.fromHex("302e020100300506032b656e04220420");
  const random = size => crypto.getRandomValues(new Uint8Array(size));
  const imported = (bytes, name, uses) => crypto.subtle.importKey("raw", bytes, name, false, uses);

  v.ROUNDS = 600000;
  v.MOST_ROUNDS = 10000000;
  v.newKey = () => random(32);
  v.toHex = bytes => Array.from(bytes, one => one.toString(16).padStart(2, "0")).join("");
  v.isSame = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);
  v.grantContext = (hex, epoch) => v.joined(v.utf8("grant\0"), v.fromHex(hex), v.fourBytes(epoch));
  v.teamContext = slug => v.utf8("team\0" + slug);
  v.parcelContext = hex => v.joined(v.utf8("parcel\0"), v.fromHex(hex));

  v.holderOf = async bytes => {
    if (bytes.length !== 32) { throw Error("broken"); }
    const der = v.joined(PKCS8, bytes);
    const open = await crypto.subtle.importKey("pkcs8", der, X, true, ["deriveBits"]);
    const spoken = v.fromBase64((await crypto.subtle.exportKey("jwk", open)).x);
    const key = await crypto.subtle.importKey("pkcs8", der, X, false, ["deriveBits"]);
    der.fill(0);
    return { key, public: spoken };
  };
  v.canHoldKeys = () => v.holderOf(random(32)).then(() => true, () => false);

  async function boxKey(own, other, salt, context, use) {
    const shared = await crypto.subtle.deriveBits({ ...X, public: await imported(other, X, []) }, own, 256);
    const how = { name: "HKDF", hash: "SHA-256", salt, info: v.joined(v.utf8("voordeur wrap 1\0"), context) };
    const from = await imported(shared, "HKDF", ["deriveKey"]);
    return crypto.subtle.deriveKey(how, from, { name: "AES-GCM", length: 256 }, false, [use]);
  }
  /* Every box has a key of its own, used once: its nonce is twelve zeros. */
  const boxed = context => ({ name: "AES-GCM", iv: new Uint8Array(12), additionalData: v.joined([87, 1], context) });

  v.wrapKey = async (reader, payload, context, fresh) => {
    const own = await v.holderOf(fresh || random(32));
    const key = await boxKey(own.key, reader, v.joined(own.public, reader), context, "encrypt");
    const sealed = await crypto.subtle.encrypt(boxed(context), key, payload);
    return v.joined([87, 1], own.public, new Uint8Array(sealed));
  };
  v.unwrapKey = async (holder, wrapped, context) => {
    try {
      if (wrapped.slice(0, 2) + "" !== "87,1" || wrapped.length < 50) { throw 0; }
      const fresh = wrapped.slice(2, 34);
      const key = await boxKey(holder.key, fresh, v.joined(fresh, holder.public), context, "decrypt");
      return new Uint8Array(await crypto.subtle.decrypt(boxed(context), key, wrapped.slice(34)));
    } catch { throw Error("broken"); }
  };

  v.planKey = async talk => {
    const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: v.utf8("voordeur plan 1") };
    return new Uint8Array(await crypto.subtle.deriveBits(how, await imported(talk, "HKDF", ["deriveBits"]), 256));
  };

  v.newPhrase = words => {
    if (words.length !== 2048 || new Set(words).size !== 2048) { throw Error("words"); }
    /* 2048 divides 65536: every word is as likely as another. */
    return Array.from(crypto.getRandomValues(new Uint16Array(WORDS)), one => words[one % 2048]);
  };
  /* One writing for what people type: small letters, one space between words. */
  v.readPhrase = typed => typed.normalize("NFKC").toLowerCase().split(/[^\p{L}\p{M}]+/u).filter(Boolean).join(" ");
  v.isWholePhrase = typed => v.readPhrase(typed).split(" ").length === WORDS;

  async function phraseKey(phrase, salt, rounds, use) {
    const from = await imported(v.utf8(v.readPhrase(phrase)), "PBKDF2", ["deriveKey"]);
    const how = { name: "PBKDF2", hash: "SHA-512", salt, iterations: rounds };
    return crypto.subtle.deriveKey(how, from, { name: "AES-GCM", length: 256 }, false, [use]);
  }
  v.sealOwn = async (own, phrase, salt, nonce) => {
    salt = salt || random(16);
    nonce = nonce || random(12);
    const key = await phraseKey(phrase, salt, v.ROUNDS, "encrypt");
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: OWN }, key, own);
    return { sealed: v.joined(nonce, new Uint8Array(sealed)), salt, rounds: v.ROUNDS };
  };
  v.openOwn = async (kept, phrase) => {
    try {
      if (!(kept.rounds >= v.ROUNDS && kept.rounds <= v.MOST_ROUNDS)) { throw 0; }
      const key = await phraseKey(phrase, kept.salt, kept.rounds, "decrypt");
      const how = { name: "AES-GCM", iv: kept.sealed.slice(0, 12), additionalData: OWN };
      return new Uint8Array(await crypto.subtle.decrypt(how, key, kept.sealed.slice(12)));
    } catch { throw Error("broken"); }
  };
})();
