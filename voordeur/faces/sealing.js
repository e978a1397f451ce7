/* Makes and opens envelopes in the browser: the same bytes as voordeur/secrecy/envelope.py, where the layout is told.
   tests/vectors/envelope.json holds known answers for both. Stands alone: shared by the visitors' side and the desk.

     voordeur.sealEnvelope(key, conversationHex, direction, sequence, text) -> Promise of a Uint8Array
     voordeur.openEnvelope(key, conversationHex, direction, sequence, envelope) -> Promise of the text

   A key is a Uint8Array of 32 bytes, a conversation 32 hex letters. A nonce is given by known-answer tests only.
   Sealing fails with "long" (text over `longest` bytes) or "place" (no such key or place); opening with "broken". */
(function () {
  const v = window.voordeur = window.voordeur || {}, sizes = [256, 1024, 4096, 16384];
  v.longest = 16382;
  v.utf8 = text => new TextEncoder().encode(text);
  v.fourBytes = number => [24, 16, 8, 0].map(by => number >>> by & 255);
  v.fromHex = hex => Uint8Array.from(hex.match(/../g), two => parseInt(two, 16));
  v.joined = (...parts) => Uint8Array.from(parts.flatMap(one => [...one]));
  v.fromBase64 = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), one => one.charCodeAt());
  v.toBase64 = bytes => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  async function aes(use, key, hex, way, nth, iv, data) {
    if (key.length !== 32 || nth !== nth >>> 0 || !/^[\da-f]{32} [!-~]$/.test(hex + " " + way)) {
      throw Error("place");
    }
    const name = "AES-GCM", subtle = crypto.subtle, own = await subtle.importKey("raw", key, name, false, [use]);
    const bound = v.joined(v.utf8("V\x01voordeur envelope 1\0"), v.fromHex(hex), v.utf8(way), v.fourBytes(nth));
    return new Uint8Array(await subtle[use]({ name, iv, additionalData: bound }, own, data));
  }
  v.sealEnvelope = async (key, hex, way, nth, text, nonce) => {
    const said = v.utf8(text), length = said.length, size = sizes.find(one => length + 2 <= one);
    if (!size) { throw Error("long"); }
    const plain = new Uint8Array(size), iv = nonce || crypto.getRandomValues(new Uint8Array(12));
    plain.set([length >> 8, length & 255]);
    plain.set(said, 2);
    return v.joined([86, 1], iv, await aes("encrypt", key, hex, way, nth, iv, plain));
  };
  v.openEnvelope = async (key, hex, way, nth, sealed) => {
    try {
      if (sealed.slice(0, 2) + "" !== "86,1" || !sizes.includes(sealed.length - 30)) { throw 0; }
      const plain = await aes("decrypt", key, hex, way, nth, sealed.slice(2, 14), sealed.slice(14));
      const end = 2 + (plain[0] << 8 | plain[1]);
      if (end > plain.length || plain.slice(end).some(Boolean)) { throw 0; }
      return new TextDecoder("utf8", { fatal: true, ignoreBOM: true }).decode(plain.slice(2, end));
    } catch { throw Error("broken"); }
  };
})();
