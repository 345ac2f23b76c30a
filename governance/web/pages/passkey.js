// Asks the browser for a passkey, or for a signature by one, and sends what it answers with the page's own form.
const form = document.querySelector("form[data-challenge]");
const told = document.querySelector("#told");

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function make(data) {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(data.challenge),
      rp: { id: data.rp, name: "Tidewaiter board" },
      user: { id: bytes(data.user), name: data.member, displayName: data.member },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  });
  return {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
    id: made.id,
  };
}

async function sign(data) {
  const allowed = data.credentials.split(" ").filter(Boolean);
  const made = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(data.challenge),
      rpId: data.rp,
      allowCredentials: allowed.map((id) => ({ type: "public-key", id: bytes(id) })),
      userVerification: "required",
    },
  });
  return {
    clientDataJSON: text(made.response.clientDataJSON),
    authenticatorData: text(made.response.authenticatorData),
    signature: text(made.response.signature),
    id: made.id,
  };
}

form.addEventListener("submit", async (event) => {
  if (form.elements.answer.value) return;
  event.preventDefault();
  told.textContent = "";
  try {
    const { id, ...response } = await (form.dataset.user ? make : sign)(form.dataset);
    form.elements.answer.value = JSON.stringify({ id, rawId: id, type: "public-key", response });
  } catch (error) {
    told.textContent = `Your browser gave no passkey: ${error.message}`;
    return;
  }
  form.requestSubmit();
});
