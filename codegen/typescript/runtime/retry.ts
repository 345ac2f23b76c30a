/** When a call is sent again: where that does nothing twice, not before the server says, and within a budget. */

export interface Retries {
  /** Retries of one call; 0: none. */
  readonly most: number;
  readonly firstSeconds: number;
  /** How long the client waits at most between two tries where the server says nothing. */
  readonly longestSeconds: number;
  /** How long it waits at most because the server says so; beyond it the refusal is thrown at once. */
  readonly longestAskedSeconds: number;
}

export const USUAL: Retries = { most: 3, firstSeconds: 0.25, longestSeconds: 8, longestAskedSeconds: 60 };

/**
 * How many retries all calls of a client, and of its views, may spend together: some at once, then a share of the
 * calls that succeed. Without it, clients that all retry keep a system down that could come back.
 */
export class Budget {
  private left: number;

  constructor(
    private readonly most = 10,
    private readonly forEachSuccess = 0.1,
  ) {
    this.left = most;
  }

  /** Whether one more retry may be made. */
  take(): boolean {
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }

  /** A call succeeded. */
  succeeded(): void {
    this.left = Math.min(this.most, this.left + this.forEachSuccess);
  }
}

/** What is known when a try has failed. */
export interface Failed {
  /** How often it was sent. */
  readonly tries: number;
  /** Whether sending it again does nothing twice. */
  readonly harmless: boolean;
  readonly replayable: boolean;
  /** What is left of the call's time. */
  readonly leftSeconds: number;
  /** How long the server asks to wait. */
  readonly askedSeconds?: number | undefined;
}

const AGAIN: readonly number[] = [408, 425, 429, 502, 503, 504];

/** Whether an answer of this status may be another one after a while. */
export function mayPass(status: number): boolean {
  return AGAIN.includes(status);
}

/** Seconds to wait before the call is sent again; undefined: it is not. */
export function delayAfter(retries: Retries, budget: Budget, failed: Failed): number | undefined {
  const asked = failed.askedSeconds;
  if (!failed.harmless || !failed.replayable || failed.tries > retries.most) return undefined;
  if (asked !== undefined && asked > retries.longestAskedSeconds) return undefined;
  const longest = Math.min(retries.longestSeconds, retries.firstSeconds * 2 ** (failed.tries - 1));
  // all who were told the same do not come at once
  const wait = asked === undefined ? longest * (0.5 + Math.random() / 2) : asked + retries.firstSeconds * Math.random();
  if (wait >= failed.leftSeconds) return undefined;
  return budget.take() ? wait : undefined;
}

/** How long the server asks to wait: by Retry-After, else by what RateLimit says of a spent limit. */
export function askedSeconds(headers: Headers): number | undefined {
  const stated = (headers.get("retry-after") ?? "").trim();
  if (/^\d+$/.test(stated)) return Number(stated);
  const moment = stated ? Date.parse(stated) : Number.NaN;
  if (!Number.isNaN(moment)) return Math.max(0, (moment - Date.now()) / 1000);
  const waits = (headers.get("ratelimit") ?? "").replaceAll(/"[^"]*"/g, "limit").split(",").flatMap((item) => {
    const members = new Map([...item.matchAll(/;\s*([a-z][a-z0-9_.*-]*)=(\d+)/g)].map((one) => [one[1], one[2]]));
    return members.get("r") === "0" && members.has("t") ? [Number(members.get("t"))] : [];
  });
  return waits.length ? Math.max(...waits) : undefined;
}
