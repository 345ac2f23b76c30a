/** What answers say about the life of an API: it is deprecated, it ends. Each is told once. */

/** That the version which is called is deprecated, or will end. */
export interface Notice {
  /** For people: one line. */
  readonly message: string;
  /** Method and path of the contract. */
  readonly operation: string;
  /** The exact version that answered; empty where it did not say. */
  readonly version: string;
  /** Since when, or from when on, it is deprecated; undefined where it is not said when. */
  readonly deprecated: Date | undefined;
  /** When it ends, as the server says it; empty where it does not. */
  readonly sunset: string;
  /** The version to move to, or where more is said; empty where nobody said. */
  readonly see: string;
}

const MOST = 1_000;

/** The notice of an answer, where it has one that was not in `told` yet. */
export function noticeOf(name: string, operation: string, headers: Headers, told: Set<string>): Notice | undefined {
  const [deprecation, sunset] = [headers.get("deprecation") ?? "", headers.get("sunset") ?? ""];
  if (!deprecation && !sunset) return undefined;
  const version = plain(headers.get("api-version") ?? "");
  const key = JSON.stringify([version || operation, deprecation, sunset]);
  if (told.has(key) || told.size >= MOST) return undefined;
  told.add(key);
  const link = headers.get("link") ?? "";
  const successor = linkOf(link, "successor-version");
  const see = plain(successor || linkOf(link, "deprecation") || linkOf(link, "sunset"));
  const deprecated = momentOf(deprecation);
  const message = [
    `${name}: ${version ? `version ${version} of the API` : operation}${deprecation ? since(deprecated) : " is in use"}`,
    ...(sunset ? [`it is meant to end on ${plain(sunset)}`] : []),
    ...(see ? [`${successor ? "move to" : "see"} ${see}`] : []),
  ].join("; ");
  return { message, operation, version, deprecated, sunset: plain(sunset), see };
}

function momentOf(deprecation: string): Date | undefined {
  return /^@\d{1,11}$/.test(deprecation) ? new Date(Number(deprecation.slice(1)) * 1000) : undefined;
}

function since(moment: Date | undefined): string {
  if (!moment) return " is deprecated";
  const word = moment.getTime() <= Date.now() ? "is deprecated since" : "will be deprecated on";
  return ` ${word} ${moment.toISOString().slice(0, 10)}`;
}

/** The address that the header Link gives for a relation (RFC 8288); empty where it gives none. */
export function linkOf(header: string, relation: string): string {
  for (const part of header.split("<").slice(1)) {
    const [address = "", parameters = ""] = part.split(">", 2);
    for (const parameter of parameters.split(";")) {
      const [name = "", value = ""] = parameter.trim().split("=", 2);
      const relations = value.replace(/[ ,"]+$/, "").replace(/^"/, "").toLowerCase().split(" ");
      if (name.trim().toLowerCase() === "rel" && relations.includes(relation)) return address;
    }
  }
  return "";
}

function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 200);
}
