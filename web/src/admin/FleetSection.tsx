/** Queues, workers, processes and open runs as they stand now, and what is wrong with its remedy. It reads itself anew. */
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { ago, duration, moment } from "@/data/times";
import { useEvery } from "@/data/useEvery";
import { useNow } from "@/data/useNow";
import { cx } from "@/ui/classes";
import { Card } from "@/ui/Page";
import { Badge, StateBadge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Column, Table } from "@/ui/Table";
import { Words } from "@/ui/Words";
import { AdminFleetDocument } from "./admin.generated";
import { asState, FINDING_TONES, FINDING_WORDS, type Fleet, livePollers, noticesOf, type Queue, QUEUE_WORDS, queueState, slotsOf } from "./fleet";

const LOOK_AGAIN_MS = 10_000;

export function FleetSection() {
  const [{ data, error }, again] = useQuery({ query: AdminFleetDocument });
  const read = () => again({ requestPolicy: "network-only" });
  useEvery(LOOK_AGAIN_MS, read);
  const now = useNow(5_000);
  if (error && !data) return <Failed errors={told(error)} retry={read} />;
  if (!data) return <Loading text="Asking Temporal, PostgreSQL and the workers" />;
  const { fleet } = data;
  const notices = noticesOf(fleet, now);
  return (
    <div className="flex flex-col gap-4">
      {error && <Failed errors={told(error)} />}
      {notices.map((one) => (
        <div key={one.key} role="alert" className={cx("rounded-lg border px-4 py-3 text-sm", one.tone === "danger" ? "border-danger bg-danger-soft" : "border-warn bg-warn-soft")}>
          <p className="font-semibold">{one.title}</p>
          <p>{one.text}</p>
        </div>
      ))}
      <Figures fleet={fleet} />
      {fleet.queues && <Queues queues={fleet.queues} now={now} />}
      <Findings findings={fleet.findings} />
      {fleet.processes && <Processes processes={fleet.processes} />}
      <p className="text-xs text-muted">Read anew each {LOOK_AGAIN_MS / 1_000} seconds while you look.</p>
    </div>
  );
}

function Figures({ fleet }: { fleet: Fleet }) {
  return (
    <ul aria-label="Open runs" className="flex flex-wrap gap-3">
      {fleet.runs?.map((one) => {
        const state = asState(one.status);
        return (
          <li key={one.status} className="flex min-w-32 flex-col gap-1 rounded-xl border border-line bg-surface px-4 py-3">
            <span className="text-2xl font-semibold tabular-nums">{one.count.toLocaleString()}</span>
            {state ? <span><StateBadge state={state} /></span> : one.status}
          </li>
        );
      })}
      {fleet.outboxRuns != null && (
        <li className="flex min-w-32 flex-col gap-1 rounded-xl border border-line bg-surface px-4 py-3">
          <span className="text-2xl font-semibold tabular-nums">{fleet.outboxRuns.toLocaleString()}</span>
          <span><Badge tone={fleet.outboxRuns > 100 ? "warn" : "neutral"} title="Accepted, and not handed to Temporal yet">Accepted, to be started</Badge></span>
        </li>
      )}
    </ul>
  );
}

function Queues({ queues, now }: { queues: Queue[]; now: number }) {
  const columns: Column<Queue>[] = [
    { id: "name", header: "Queue", cell: (one) => <><span className="font-mono text-xs font-medium">{one.name}</span><span className="block text-xs text-muted">{QUEUE_WORDS[one.name] ?? ""}</span></> },
    { id: "state", header: "State", cell: (one) => { const { word, tone } = queueState(one, now); return <Badge tone={tone}>{word}</Badge>; } },
    { id: "backlog", header: "Waiting", className: "text-right tabular-nums", cell: (one) => (one.backlog === 0 ? <span className="text-muted">None</span> : <>{one.backlog.toLocaleString()}<span className="block text-xs text-muted">oldest {duration(one.backlogSeconds * 1_000)}</span></>) },
    { id: "rate", header: "In and out, a second", className: "text-right tabular-nums", cell: (one) => `${one.rateIn.toFixed(1)} / ${one.rateOut.toFixed(1)}` },
    { id: "slots", header: "Slots in use", cell: (one) => <Slots queue={one} /> },
    { id: "pollers", header: "Workers", cell: (one) => { const live = livePollers(one, now); return live.length === 0 ? <span className="text-danger">None</span> : <span title={one.pollers.map((each) => `${each.identity}, ${ago(each.polledAt, now)}`).join("\n")}>{live.length}: <span className="font-mono text-xs">{live.slice(0, 3).map((each) => each.identity).join(", ")}{live.length > 3 && " …"}</span></span>; } },
  ];
  return <div><h2 className="mb-2 text-sm font-semibold">Queues</h2><Table label="Queues" columns={columns} rows={queues} keyOf={(one) => one.name} /></div>;
}

function Slots({ queue }: { queue: Queue }) {
  const slots = slotsOf(queue);
  if (!slots) return <span className="text-muted">Not said yet</span>;
  return (
    <span className="flex items-center gap-2">
      <span role="meter" aria-valuemin={0} aria-valuemax={slots.all} aria-valuenow={slots.used} aria-label={`Slots in use of ${queue.name}`} className="h-2 w-20 overflow-hidden rounded-full bg-line">
        <span className="block h-full bg-accent" style={{ width: `${(100 * slots.used) / Math.max(slots.all, 1)}%` }} />
      </span>
      <span className="text-xs tabular-nums">{slots.used} of {slots.all}</span>
    </span>
  );
}

function Findings({ findings }: { findings: Fleet["findings"] }) {
  return (
    <Card title="What the check found">
      {findings.length === 0 ? (
        <Empty title="Nothing is wrong" text="The check looks at the database, Temporal, queues, keys, files and runs." />
      ) : (
        <ul className="flex flex-col divide-y divide-line">
          {findings.map((one) => (
            <li key={one.code + one.where + one.what} className="flex flex-col gap-1 py-2 text-sm sm:flex-row sm:gap-3">
              <span className="w-28 shrink-0"><Badge tone={FINDING_TONES[one.severity]}>{FINDING_WORDS[one.severity]}</Badge></span>
              <div className="min-w-0">
                <p className="break-words"><strong className="font-medium">{one.where}:</strong> <Words text={one.what} /></p>
                <p className="break-words text-muted"><Words text={one.remedy} /></p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Processes({ processes }: { processes: NonNullable<Fleet["processes"]> }) {
  const columns: Column<(typeof processes)[number]>[] = [
    { id: "roles", header: "What it does", cell: (one) => one.roles.join(", ") },
    { id: "where", header: "Where", cell: (one) => <span className="font-mono text-xs">{one.host}, process {one.pid}</span> },
    { id: "version", header: "Version", cell: (one) => <>{one.version}{one.buildId && <span className="block font-mono text-xs text-muted">{one.buildId}</span>}</> },
    { id: "since", header: "Since", className: "whitespace-nowrap", cell: (one) => <span title={moment(one.startedAt)}>{ago(one.startedAt)}</span> },
    { id: "seen", header: "Heard of", className: "whitespace-nowrap", cell: (one) => <span title={moment(one.seenAt)}>{ago(one.seenAt)}</span> },
    { id: "state", header: "State", cell: (one) => (one.isSilent ? <Badge tone="warn">Silent</Badge> : <Badge tone="ok">Up</Badge>) },
  ];
  return <div><h2 className="mb-2 text-sm font-semibold">Processes</h2><Table label="Processes" columns={columns} rows={processes} keyOf={(one) => `${one.host} ${one.pid}`} /></div>;
}
