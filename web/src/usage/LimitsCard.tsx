/** The limits that all runs of the organisation begin with. Empty: the platform's own. */
import { type FormEvent, useState } from "react";
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
import { limitIn } from "./usage";
import { UsageLimitsDocument, type UsageLimitPartsFragment, UsageSetLimitsDocument } from "./usage.generated";

const FIELDS = [
  { name: "runningMax", label: "Runs at once", help: "Others stay queued, and start when one ends." },
  { name: "executionsMax", label: "Node executions of a run", help: "Those of the agents that it runs are counted, too." },
  { name: "wallSecondsMax", label: "Seconds of a run", help: "From its start, waiting included." },
  { name: "inFlightMax", label: "Nodes of a run at once", help: "So many work at the same time." },
] as const;

type Name = (typeof FIELDS)[number]["name"];

export function LimitsCard() {
  const [{ data, error }, again] = useQuery({ query: UsageLimitsDocument });
  const read = () => again({ requestPolicy: "network-only" });
  return (
    <Card title="Limits of all runs">
      <p className="mb-3 text-sm text-muted">A run that comes to a limit halts, and nothing of it is lost: raise its limit, and it goes on. Runs that were accepted keep the limits they had.</p>
      {error && !data && <Failed errors={told(error)} retry={read} />}
      {!data && !error && <Loading />}
      {data && <Limits key={data.runLimits.updatedAt ?? ""} limits={data.runLimits} read={read} />}
    </Card>
  );
}

function Limits({ limits, read }: { limits: UsageLimitPartsFragment; read: () => void }) {
  const may = useMay()("organisation:write");
  const [typed, setTyped] = useState<Record<Name, string>>(() => Object.fromEntries(FIELDS.map(({ name }) => [name, limits[name]?.toString() ?? ""])) as Record<Name, string>);
  const [isTried, setTried] = useState(false);
  const [set, { isBusy, problems }] = useChange(UsageSetLimitsDocument, { isQuiet: true });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const values = FIELDS.map(({ name }) => [name, limitIn(typed[name])] as const);
    if (values.some(([, value]) => value === undefined)) return;
    const done = await set({ input: Object.fromEntries(values) }).catch(() => null);
    if (!done) return;
    notify({ kind: "ok", title: "New runs begin with these limits." });
    read();
  };
  const problemAt = (name: Name) => (isTried && limitIn(typed[name]) === undefined ? "Enter a number above 0, or nothing." : problems.find((one) => one.path?.includes(name))?.message);
  const others = problems.filter((one) => !FIELDS.some(({ name }) => one.path?.includes(name)));
  return (
    <form onSubmit={(event) => void submit(event)} noValidate aria-label="Limits" className="flex flex-col gap-3">
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {FIELDS.map(({ name, label, help }) => (
          <TextField key={name} label={label} inputMode="numeric" placeholder="The platform's own" disabled={!may} value={typed[name]} error={problemAt(name)} help={help} onChange={(event) => setTyped({ ...typed, [name]: event.target.value })} />
        ))}
      </div>
      {others.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message} {one.remedy}</p>)}
      <div className="flex items-center gap-3">
        {may && <Button type="submit" look="primary" isBusy={isBusy}>Save the limits</Button>}
        {limits.updatedAt && <span className="text-xs text-muted">Set {ago(limits.updatedAt)}{limits.updatedBy && ` by ${limits.updatedBy.name}`}.</span>}
      </div>
    </form>
  );
}
