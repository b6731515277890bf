/** Give a run that goes on more of what it may use. */
import { useState } from "react";
import { duration } from "@/data/times";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/fields";
import { notify } from "@/ui/toasts";
import { limitProblems, type LimitValues } from "./limits";
import { RunRaiseLimitDocument, type RunHeadFragment } from "./run.generated";

export function LimitDialog({ run, onClose, refresh }: { run: RunHeadFragment; onClose: () => void; refresh: () => void }) {
  const { effective, usedExecutions, usedWallSeconds } = run.limits;
  const before: LimitValues = { executionsMax: text(effective.executionsMax), minutes: text(effective.wallSecondsMax == null ? null : effective.wallSecondsMax / 60), inFlightMax: text(effective.inFlightMax) };
  const [values, setValues] = useState(before);
  const [isTried, setTried] = useState(false);
  const wrong = limitProblems(values, before, { executions: usedExecutions, minutes: usedWallSeconds / 60 });
  const [raise, { isBusy, problems }] = useChange(RunRaiseLimitDocument, { isQuiet: true });
  const errorOf = (name: string) => problems.find((one) => one.path?.includes(name))?.message ?? null;
  const others = problems.filter((one) => !["executionsMax", "wallSecondsMax", "inFlightMax"].some((name) => one.path?.includes(name)));
  const save = async () => {
    setTried(true);
    if (Object.keys(wrong).length > 0) return;
    const changed = (name: keyof LimitValues) => (values[name].trim() === before[name] ? null : Number(values[name]));
    const minutes = changed("minutes");
    try {
      await raise({ input: { id: run.id, executionsMax: changed("executionsMax"), wallSecondsMax: minutes === null ? null : minutes * 60, inFlightMax: changed("inFlightMax") } });
      notify({ kind: "ok", title: "The limits are raised." });
      refresh();
      onClose();
    } catch {
      // What was refused stands at its field.
    }
  };
  const field = (name: keyof LimitValues, api: string, label: string, help: string) => (
    <TextField type="number" min={1} label={label} help={help} error={(isTried ? wrong[name] : null) ?? errorOf(api)} placeholder="Not limited" value={values[name]} onChange={(event) => setValues({ ...values, [name]: event.target.value })} />
  );
  return (
    <Dialog isOpen onClose={onClose} size="small" title="Raise its limits" description="Up to the platform’s own limits. A run that halted at a limit goes on then." footer={<><Button onClick={onClose}>Cancel</Button><Button look="primary" isBusy={isBusy} disabled={JSON.stringify(values) === JSON.stringify(before)} onClick={() => void save()}>Save</Button></>}>
      <div className="flex flex-col gap-4">
        {others.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message}</p>)}
        {field("executionsMax", "executionsMax", "Node executions", `It has used ${usedExecutions.toLocaleString()}.`)}
        {field("minutes", "wallSecondsMax", "Minutes from its start", `It has used ${duration(usedWallSeconds * 1_000)}. Waiting counts, too.`)}
        {field("inFlightMax", "inFlightMax", "Nodes at once", "How many may run side by side.")}
      </div>
    </Dialog>
  );
}

const text = (value: number | null | undefined): string => (value == null ? "" : String(Math.round(value * 100) / 100));
