/** The filters above the list of runs. What is chosen stands in the address. */
import { FilterX, Search } from "lucide-react";
import { useState } from "react";
import { useQuery } from "urql";
import type { State } from "@/data/schema.generated";
import type { GraphDocument } from "@/graph/document";
import { DRAFT } from "@/run/source";
import { Button } from "@/ui/Button";
import { Checkbox, inputClass, SelectField } from "@/ui/fields";
import { Menu, MenuArrow } from "@/ui/Menu";
import { STATES } from "@/ui/Status";
import { CostFilter } from "./CostFilter";
import { type Filters, isFiltered, NO_FILTERS, TIMES, TRIGGER_OPTIONS } from "./filters";
import { RunsAgentDocument, RunsAgentsDocument, RunsMembersDocument } from "./runs.generated";
import { SearchBox } from "./SearchBox";

type Props = { filters: Filters; onChange: (filters: Filters) => void };

export function FilterBar({ filters, onChange }: Props) {
  const set = (change: Partial<Filters>) => onChange({ ...filters, ...change });
  const times = TIMES.some((one) => one.value === (filters.time ?? "")) ? TIMES : [...TIMES, { value: filters.time ?? "", label: "A span of time" }];
  return (
    <div role="search" aria-label="Filters" className="flex flex-wrap items-end gap-2 max-sm:grid max-sm:grid-cols-2 max-sm:[&>*]:w-full">
      <SearchBox value={filters.search} onChange={(search) => set({ search })} />
      <AgentFilter filters={filters} onChange={onChange} />
      <StateFilter chosen={filters.states} onChange={(states) => set({ states })} />
      <div className="w-40"><SelectField label="Started" isLabelHidden options={TRIGGER_OPTIONS} value={filters.trigger ?? ""} onChange={(value) => set({ trigger: value || null })} /></div>
      <div className="w-40"><SelectField label="Time" isLabelHidden options={times} value={filters.time ?? ""} onChange={(value) => set({ time: value || null })} /></div>
      {filters.agent && <OfAgent filters={filters} onChange={onChange} />}
      <CostFilter cost={filters.cost} onChange={(cost) => set({ cost })} />
      <PersonFilter by={filters.by} onChange={(by) => set({ by })} />
      <div className="flex h-8 items-center"><Checkbox label="With a problem" isOn={filters.hasProblem} onChange={(hasProblem) => set({ hasProblem })} /></div>
      <div className="flex h-8 items-center"><Checkbox label="Started by agents, too" isOn={filters.withChildren} onChange={(withChildren) => set({ withChildren })} /></div>
      {isFiltered(filters) && <Button look="quiet" icon={<FilterX className="size-4" aria-hidden />} onClick={() => onChange({ ...NO_FILTERS, isOldestFirst: filters.isOldestFirst })}>Clear</Button>}
    </div>
  );
}

function StateFilter({ chosen, onChange }: { chosen: State[]; onChange: (states: State[]) => void }) {
  const all = (Object.keys(STATES) as State[]).filter((state) => state !== "INCOMPLETE");
  const items = all.map((state) => ({
    label: STATES[state].word,
    isChecked: chosen.includes(state),
    act: () => onChange(chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state]),
  }));
  const first = chosen[0];
  const text = !first ? "Any state" : chosen.length === 1 ? STATES[first].word : `${chosen.length} states`;
  return (
    <Menu items={chosen.length > 0 ? [...items, "separator", { label: "Any state", act: () => onChange([]) }] : items} align="start">
      <Button aria-label={`State: ${text}`}>{text}<MenuArrow /></Button>
    </Menu>
  );
}

function AgentFilter({ filters, onChange }: Props) {
  const [text, setText] = useState<string | null>(null);
  const [{ data }] = useQuery({ query: RunsAgentsDocument, variables: { search: text || null }, pause: text === null });
  const [{ data: agent }] = useQuery({ query: RunsAgentDocument, variables: { id: filters.agent ?? "" }, pause: !filters.agent });
  const found = text === null ? [] : (data?.graphs.nodes ?? []);
  const shown = text ?? (filters.agent ? (agent?.graph?.name ?? (agent ? "An agent that was deleted" : "")) : "");
  const choose = (id: string | null) => {
    setText(null);
    onChange({ ...filters, agent: id, version: null, node: null });
  };
  return (
    <div className="relative w-56">
      <Search className="pointer-events-none absolute top-2 left-2 size-4 text-muted" aria-hidden />
      <input
        role="combobox"
        aria-label="Agent"
        aria-expanded={text !== null}
        aria-controls="runs-agents"
        aria-autocomplete="list"
        autoComplete="off"
        placeholder="Any agent"
        className={`${inputClass} h-8 pl-8`}
        value={shown}
        onFocus={(event) => {
          setText("");
          event.target.select();
        }}
        onBlur={() => setText(null)}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter" && found[0]) {
            choose(found[0].id);
            event.currentTarget.blur();
          }
        }}
      />
      <ul id="runs-agents" role="listbox" aria-label="Agents" hidden={text === null} className="absolute z-30 mt-1 max-h-72 w-72 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-xl">
        {filters.agent && <AgentOption label="Any agent" isChosen={false} choose={() => choose(null)} />}
        {found.map((one) => <AgentOption key={one.id} label={one.name} isChosen={one.id === filters.agent} choose={() => choose(one.id)} />)}
        {text !== null && data && found.length === 0 && <li role="option" aria-selected={false} aria-disabled className="px-2 py-1.5 text-sm text-muted">No agent has this name.</li>}
      </ul>
    </div>
  );
}

function AgentOption({ label, isChosen, choose }: { label: string; isChosen: boolean; choose: () => void }) {
  return (
    <li
      role="option"
      aria-selected={isChosen}
      className="cursor-pointer truncate rounded-md px-2 py-1.5 text-sm hover:bg-sunken aria-selected:text-accent"
      // Before the field loses the focus, which closes the list.
      onMouseDown={(event) => {
        event.preventDefault();
        choose();
        (document.activeElement as HTMLElement | null)?.blur();
      }}
    >
      {label}
    </li>
  );
}

/** What can be chosen once an agent is: its versions, and the node that failed. */
function OfAgent({ filters, onChange }: Props) {
  const [{ data }] = useQuery({ query: RunsAgentDocument, variables: { id: filters.agent ?? "" } });
  const graph = data?.graph;
  if (!graph) return null;
  const versions = graph.versions.nodes.map((one) => ({ value: String(one.number), label: one.name ? `Version ${one.number}, ${one.name}` : `Version ${one.number}` }));
  const document = graph.activeVersion?.document as GraphDocument | undefined;
  const nodes = (document?.nodes ?? []).map((node) => ({ value: node.id, label: node.metadata?.customized_name || node.id })).sort((one, other) => one.label.localeCompare(other.label));
  const known = filters.node && !nodes.some((one) => one.value === filters.node) ? [{ value: filters.node, label: filters.node }] : [];
  return (
    <>
      <div className="w-36"><SelectField label="Version" isLabelHidden options={[{ value: "", label: "Any version" }, { value: String(DRAFT), label: "The draft" }, ...versions]} value={filters.version === null ? "" : String(filters.version)} onChange={(value) => onChange({ ...filters, version: value ? Number(value) : null })} /></div>
      <div className="w-48"><SelectField label="Node that failed" isLabelHidden options={[{ value: "", label: "Any node failed or not" }, ...nodes, ...known]} value={filters.node ?? ""} onChange={(value) => onChange({ ...filters, node: value || null })} /></div>
    </>
  );
}

function PersonFilter({ by, onChange }: { by: string | null; onChange: (by: string | null) => void }) {
  const [{ data }] = useQuery({ query: RunsMembersDocument });
  const people = data?.members ?? [];
  if (people.length < 2 && !by) return null;
  return <div className="w-40"><SelectField label="Started by" isLabelHidden options={[{ value: "", label: "Anybody" }, ...people.map((one) => ({ value: one.id, label: one.name || one.email }))]} value={by ?? ""} onChange={(value) => onChange(value || null)} /></div>;
}
