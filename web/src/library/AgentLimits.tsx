/** The limits that new runs of the agent begin with. At one a run stops and waits; it does not fail. */
import { type FormEvent, useEffect, useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { LibraryLimitsDocument, LibrarySetLimitsDocument } from "./agent.generated";
import { type Limits, NO_LIMITS, readLimits, writeLimits } from "./limits";

const FIELDS: { name: keyof Limits; label: string; help: string }[] = [
  { name: "executionsMax", label: "Steps of one run", help: "How often its nodes may run, with those of the agents that it runs." },
  { name: "wallMinutes", label: "Minutes of one run", help: "From its start, waiting included." },
  { name: "inFlightMax", label: "Steps at the same time", help: "Of one run." },
  { name: "runningMax", label: "Runs at the same time", help: "The others wait in the queue." },
];

export function AgentLimits({ agentId }: { agentId: string }) {
  const canWrite = useMay()("runs:manage");
  const [{ data, error }, again] = useQuery({ query: LibraryLimitsDocument, variables: { graphId: agentId } });
  const [texts, setTexts] = useState<Limits>(NO_LIMITS);
  const [set, { isBusy, problems }] = useChange(LibrarySetLimitsDocument, { isQuiet: true });
  const own = data?.own;
  useEffect(() => {
    if (own) setTexts(writeLimits(own));
  }, [own]);
  const asked = readLimits(texts);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!asked.limits) return;
    await set({ input: { graphId: agentId, ...asked.limits } }).then(
      () => {
        notify({ kind: "ok", title: "The limits are saved.", text: "Runs that were accepted before keep theirs." });
        again({ requestPolicy: "network-only" });
      },
      () => undefined,
    );
  };
  const everywhere = data?.organisation && writeLimits(data.organisation);
  return (
    <Card title="Limits of its runs">
      {error && <Failed errors={told(error)} />}
      {!data && !error ? (
        <Loading />
      ) : (
        <form className="flex flex-col gap-3" onSubmit={(event) => void save(event)}>
          <p className="text-sm text-muted">A run that reaches a limit pauses until somebody raises it. Empty means no limit.</p>
          <div className="grid gap-3 sm:grid-cols-2">
            {FIELDS.map(({ name, label, help }) => (
              <TextField
                key={name}
                label={label}
                help={everywhere?.[name] ? `${help} The organisation allows ${everywhere[name]}.` : help}
                inputMode="decimal"
                value={texts[name]}
                disabled={!canWrite}
                placeholder="No limit"
                error={asked.errors[name] ?? problems.find((one) => one.path?.includes(name === "wallMinutes" ? "wallSecondsMax" : name))?.message}
                onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
              />
            ))}
          </div>
          {problems.length > 0 && problems.every((one) => !one.path?.length) && <Failed errors={problems} />}
          <div className="flex items-center gap-3">
            {canWrite && <Button type="submit" look="primary" isBusy={isBusy} disabled={!asked.limits}>Save the limits</Button>}
            {own?.updatedAt && <span className="text-xs text-muted">Set {ago(own.updatedAt)}{own.updatedBy ? ` by ${own.updatedBy.name}` : ""}</span>}
          </div>
        </form>
      )}
    </Card>
  );
}
