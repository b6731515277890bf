/** What runs cost: one of some spans, or one of one's own. */
import { useEffect, useState } from "react";
import { inputClass, SelectField } from "@/ui/fields";
import { COSTS, costs } from "./filters";

const OWN = "own";

export function CostFilter({ cost, onChange }: { cost: string | null; onChange: (cost: string | null) => void }) {
  const isListed = COSTS.some((one) => one.value === (cost ?? ""));
  const [isOwn, setOwn] = useState(!isListed);
  useEffect(() => setOwn(!isListed), [cost, isListed]);
  const choose = (value: string) => {
    setOwn(value === OWN);
    if (value !== OWN) onChange(value || null);
  };
  return (
    <div className="flex items-center gap-1.5">
      <div className="w-40"><SelectField label="Cost" isLabelHidden options={[...COSTS, { value: OWN, label: "Cost between" }]} value={isOwn ? OWN : (cost ?? "")} onChange={choose} /></div>
      {isOwn && <Between cost={cost} onChange={onChange} />}
    </div>
  );
}

function Between({ cost, onChange }: { cost: string | null; onChange: (cost: string | null) => void }) {
  const given = costs(cost);
  const [from, setFrom] = useState(given?.from?.toString() ?? "");
  const [to, setTo] = useState(given?.to?.toString() ?? "");
  // Another view says otherwise than what is written here.
  useEffect(() => {
    setFrom(costs(cost)?.from?.toString() ?? "");
    setTo(costs(cost)?.to?.toString() ?? "");
  }, [cost]);
  const next = `${from}..${to}`;
  const isWrong = next !== ".." && !costs(next);
  const say = () => {
    if (!isWrong && next !== (cost ?? "..")) onChange(next === ".." ? null : next);
  };
  const field = (label: string, value: string, set: (value: string) => void) => (
    <input inputMode="decimal" aria-label={label} placeholder="$" aria-invalid={isWrong || undefined} className={`${inputClass} h-8 !w-20`} value={value} onChange={(event) => set(event.target.value.trim())} onKeyDown={(event) => event.key === "Enter" && say()} />
  );
  return (
    <div role="group" aria-label="Cost between" className="flex items-center gap-1.5" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && say()}>
      {field("Dollars at least", from, setFrom)}
      <span className="text-sm text-muted">to</span>
      {field("Dollars at most", to, setTo)}
      {isWrong && <span role="alert" className="text-xs text-danger">Give amounts like 0.50, the smaller first.</span>}
    </div>
  );
}
