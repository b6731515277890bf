/** Hears what happens in the organisation's runs, and says so at most once a second: a list is read again, not put together. */
import { useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { RunsCursorDocument, RunsEventsDocument } from "./runs.generated";

const QUIET_MS = 1_000;
/** Kinds of events that change what a list shows. */
const SHOWN = new Set(["RunMoved", "RunHalted", "RunHaltCleared"]);

export function useLiveList(isOn: boolean, changed: () => void): void {
  const client = useClient();
  const act = useRef(changed);
  act.current = changed;
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (!isOn) return;
    let isLeft = false;
    let stop: () => void = () => undefined;
    let timer: ReturnType<typeof setTimeout> | null = null;
    let retry: ReturnType<typeof setTimeout> | null = null;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = null;
        act.current();
      }, QUIET_MS);
    };
    const again = () => {
      retry ??= setTimeout(() => setAttempt((now) => now + 1), 3_000);
    };
    void client
      .query(RunsCursorDocument, {}, { requestPolicy: "network-only" })
      .toPromise()
      .then((answer) => {
        if (isLeft) return;
        if (!answer.data) return again();
        const heard = client.subscription(RunsEventsDocument, { after: answer.data.eventCursor }).subscribe((result) => {
          if (result.data && SHOWN.has(result.data.organisationEvents.__typename)) soon();
          else if (result.error) again();
        });
        stop = () => heard.unsubscribe();
        // What happened between the list's reading and the cursor.
        if (attempt > 0) soon();
      });
    return () => {
      isLeft = true;
      stop();
      if (timer) clearTimeout(timer);
      if (retry) clearTimeout(retry);
    };
  }, [client, isOn, attempt]);
}
