/**
 * A run as it goes: what it is now, and what happens in it, for whoever shows it. One reader serves all who look at the same
 * run. It reads the run first and then hears its events; where the connection breaks it goes on behind the last one heard.
 *
 * The events of a run of an ordinary size are heard from its beginning, so that counts and values are there after a reload,
 * too. Of a large one only the newest are; its rows say what stands.
 */
import { useMemo, useSyncExternalStore } from "react";
import { type Client, useClient } from "urql";
import { onConnection } from "@/data/client";
import { type Told, told } from "@/data/errors";
import { type Folded, fold, type LiveEvent, NOTHING } from "./fold";
import { LiveCursorDocument, LiveEventsDocument, LiveRunDocument, type LiveRunQuery } from "./live.generated";
import { isRunOver, type LiveRun, NO_RUN, viewOf } from "./view";

export type { LiveEmission, LiveLine, StreamedText } from "./fold";
export { pinKey } from "./fold";
export type { LiveExecution, LiveNode, LiveRun } from "./view";

/** A run with more node executions is not heard from its beginning. */
const REPLAYED_MAX = 2_000;
const POLL_MS = 2_000;
/** Between two readings that events ask for. */
const READ_AGAIN_MS = 500;
/** Who looks away and back, as StrictMode and a change of tabs do, finds the reader still there. */
const LINGER_MS = 2_000;
const UNSEEN_MS = 1_000;

class Reader {
  private view: LiveRun = NO_RUN;
  private rows: LiveRunQuery["run"] | null = null;
  private folded: Folded = NOTHING;
  private errors: Told[] = [];
  private isReplayed = true;
  private pending: LiveEvent[] = [];
  private frame = 0;
  private readonly lookers = new Set<() => void>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private stopEvents: () => void = () => undefined;
  private stopConnection: () => void = () => undefined;
  private isStarted = false;
  private isReading = false;
  private isWanted = false;
  private readAt = 0;
  private after: string | null = null;
  private hasEnded = false;

  constructor(
    private readonly client: Client,
    private readonly id: string,
  ) {}

  readonly snapshot = (): LiveRun => this.view;

  readonly look = (looker: () => void): (() => void) => {
    this.lookers.add(looker);
    readers.set(this.id, this);
    if (!this.isStarted) void this.start();
    return () => {
      this.lookers.delete(looker);
      if (this.lookers.size === 0) this.later(() => this.lookers.size === 0 && this.stop(), LINGER_MS);
    };
  };

  private async start(): Promise<void> {
    this.isStarted = true;
    // The cursor first: what happens between it and the reading of the run is heard again, and counts once.
    const cursor = await this.client.query(LiveCursorDocument, {}, { requestPolicy: "network-only" }).toPromise();
    await this.read();
    if (!this.isStarted) return;
    if (!this.rows) {
      this.later(() => void this.restart(), POLL_MS);
      return;
    }
    this.isReplayed = this.rows.limits.usedExecutions <= REPLAYED_MAX;
    this.after = this.isReplayed ? null : (cursor.data?.eventCursor ?? null);
    let wasConnected = true;
    this.stopConnection = onConnection((isConnected) => {
      if (wasConnected && !isConnected) this.hear();
      wasConnected = isConnected;
    });
    this.hear();
    this.later(() => this.poll(), POLL_MS);
  }

  private async restart(): Promise<void> {
    this.isStarted = false;
    if (this.lookers.size > 0) await this.start();
  }

  /** Subscribe behind the last event that was heard; one broken socket is left for another this way. */
  private hear(): void {
    this.stopEvents();
    if (this.hasEnded) return;
    const variables = { id: this.id, after: this.pending.at(-1)?.cursor ?? this.folded.cursor ?? this.after };
    const heard = this.client.subscription(LiveEventsDocument, variables).subscribe((result) => {
      if (result.error) {
        this.errors = told(result.error);
        this.show();
      } else if (result.data) {
        this.pending.push(result.data.runEvents);
        this.schedule();
      }
    });
    this.stopEvents = () => heard.unsubscribe();
  }

  /** Fold what came once a frame: a run that tells a thousand things a second redraws sixty times. */
  private schedule(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => this.take());
    // A page that is not seen has no frames, and its events would pile up.
    this.later(() => this.take(), UNSEEN_MS);
  }

  private take(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.pending.length === 0) return;
    const news = this.folded.news;
    this.folded = fold(this.folded, this.pending.splice(0));
    if (this.folded.news !== news) this.readSoon();
    if (isRunOver(this.folded.status)) this.hasEnded = true;
    this.show();
  }

  private readSoon(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    this.later(() => void this.read(), Math.max(60, this.readAt + READ_AGAIN_MS - Date.now()));
  }

  private poll(): void {
    if (!isRunOver(this.rows?.status)) {
      if (document.visibilityState === "visible") this.readSoon();
      this.later(() => this.poll(), POLL_MS);
    }
  }

  readonly read = async (): Promise<void> => {
    this.isWanted = this.isReading;
    if (this.isReading) return;
    this.isReading = true;
    const answer = await this.client.query(LiveRunDocument, { id: this.id }, { requestPolicy: "network-only" }).toPromise();
    this.isReading = false;
    this.readAt = Date.now();
    this.errors = answer.error ? told(answer.error) : [];
    if (answer.data) this.rows = answer.data.run;
    this.show();
    if (this.isWanted && this.isStarted) {
      this.isWanted = false;
      this.readSoon();
    }
  };

  private show(): void {
    this.view = viewOf(this.rows, this.folded, this.isReplayed, this.errors, () => void this.read());
    for (const looker of this.lookers) looker();
  }

  private later(act: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }

  private stop(): void {
    this.isStarted = false;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.stopEvents();
    this.stopConnection();
    readers.delete(this.id);
  }
}

const readers = new Map<string, Reader>();

function readerOf(client: Client, id: string): Reader {
  const known = readers.get(id);
  if (known) return known;
  const made = new Reader(client, id);
  readers.set(id, made);
  return made;
}

const never = () => () => undefined;
const nothing = () => NO_RUN;

/** Follow a run; null follows none. The same object is given until something changes. */
export function useLiveRun(runId: string | null): LiveRun {
  const client = useClient();
  const reader = useMemo(() => (runId === null ? null : readerOf(client, runId)), [client, runId]);
  return useSyncExternalStore(reader?.look ?? never, reader?.snapshot ?? nothing);
}
